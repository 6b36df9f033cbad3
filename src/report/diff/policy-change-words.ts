import type { WordedPrivilege } from './diff-document';
import type {
  ChangedPolicyField,
  PolicyChange,
  PolicyEntryChange,
} from '../../change/policy-change';
import { textOf } from '../../kube/json';

type BindingChange = Extract<PolicyChange, { readonly kind: 'policyBinding' }>;

/** Says of a policy what it does now, and what it did before if that is more than nothing. */
export function policyChangeWords(
  change: PolicyChange,
  isGain: boolean,
): Pick<WordedPrivilege, 'what' | 'fields'> {
  switch (change.kind) {
    case 'policyBinding':
      return { what: ofBinding(change, isGain), fields: [] };
    case 'policyValidation':
      return {
        what: `${isGain ? 'no longer requires' : 'now requires'} ${change.expression}`,
        fields: [],
      };
    case 'policyFailure':
      return {
        what: isGain
          ? 'lets pass what it fails to evaluate (failurePolicy: Ignore), which it refused before'
          : 'now refuses what it fails to evaluate (failurePolicy: Fail)',
        fields: [],
      };
    case 'policyEntry':
      return { what: ofEntry(change), fields: [] };
    case 'policyFields': {
      const { fields } = change;
      return {
        what: `perhaps not refused any more: ${fields.map(({ field }) => field).join(', ')} ${fields.length === 1 ? 'differs' : 'differ'}`,
        fields: fields.map(({ field, from, to }) => ({ field, from: text(from), to: text(to) })),
      };
    }
  }
}

function text(value: ChangedPolicyField['from']): string | null {
  return value === undefined || value === null ? null : textOf(value);
}

function ofBinding(
  { namespaces, asksForMore, policy, instead }: BindingChange,
  isGain: boolean,
): string {
  const place =
    namespaces.length === 0
      ? 'where this binding applies'
      : `in namespace ${namespaces.join(', ')}${asksForMore ? ' if the rest of its selector matches' : ''}`;
  const other = instead === undefined ? undefined : reportWords(instead, isGain ? 'now' : 'before');
  if (isGain) {
    return other === undefined
      ? `policy ${policy} no longer refuses ${place}`
      : `policy ${policy} ${other} ${place}, where it refused before`;
  }
  return `policy ${policy} now refuses ${place}${other === undefined ? '' : `, where it ${other} before`}`;
}

/** What a binding does that does not refuse, in the present or the past. */
function reportWords(actions: readonly string[], when: 'now' | 'before'): string {
  const verbs = ['Audit', 'Warn'].filter(each => actions.includes(each));
  const ending = when === 'now' ? 's' : 'ed';
  return verbs.length === 0
    ? `${when === 'now' ? 'has' : 'had'} the actions ${actions.join(', ')}`
    : `only ${verbs.map(each => `${each.toLowerCase()}${ending}`).join(' and ')}`;
}

/** What the policies of this library refuse, or accept, of an entry of their lists. */
const ABOUT: Readonly<Record<string, string>> = {
  readOnlyClaims: 'writable mounts of claim',
  writableClaims: "another fsGroup than the contract's with claim",
  writers: 'root, and the owner of the memory, as writers of',
  directories: 'PersistentVolumes without a grant for',
  granted: 'a PersistentVolume for',
};

function ofEntry({ variable, entry, isNew, means }: PolicyEntryChange): string {
  switch (means) {
    case 'accepted':
      return `${isNew ? 'now accepts' : 'no longer accepts'} ${ABOUT[variable]} ${entry}`;
    case 'refused':
      return `${isNew ? 'now refuses' : 'no longer refuses'} ${ABOUT[variable]} ${entry}`;
    case 'unknown':
      return `perhaps not refused any more: ${entry}, ${isNew ? 'which is new in' : 'which is gone from'} spec.variables[${variable}]`;
  }
}
