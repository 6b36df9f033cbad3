import type { ObjectRef, PrivilegeChange } from './model';
import type { PrivilegeChanges } from './privileges';
import type { Compared } from './workloads';
import { at, itemsOf, objectsOf, textOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { readClientPolicy } from '../../model/client-policy';
import { readGrant } from '../../model/grants';
import { readLeaf } from '../../model/layout';

/** What a namespace may do, and the object that says so. */
interface Permission { readonly of: ObjectRef; readonly level: number; readonly what: string; readonly words: string | null }

/** What namespaces may use by grants of contracts, and by a ClientPolicy: each once, whatever the version of the contract. */
export function grantChanges(sets: Compared): PrivilegeChanges {
  const [before, after] = [permissions(sets, 'before'), permissions(sets, 'after')];
  return { gained: more(before, after), lost: more(after, before) };
}

function more(than: Map<string, Permission>, permitted: Map<string, Permission>): PrivilegeChange[] {
  return [...permitted].flatMap(([key, { of, level, what }]): PrivilegeChange[] => {
    const other = than.get(key);
    return other && other.level >= level ? [] : [{ of, container: null, what, instead: other?.words ?? null, reason: null }];
  });
}

function permissions({ pairs }: Compared, side: 'before' | 'after'): Map<string, Permission> {
  const found = new Map<string, Permission>();
  const add = (key: readonly string[], permission: Permission) => {
    const text = JSON.stringify(key);
    if ((found.get(text)?.level ?? 0) < permission.level) { found.set(text, permission); }
  };
  for (const pair of pairs) {
    const manifest = pair[side]?.manifest;
    if (!manifest) { continue; }
    addGrant(manifest, pair.of, add);
    if (pair.before && pair.after) { addPolicy(manifest, pair.of, add); } // a policy that is new takes: what it lets through was not refused before
  }
  return found;
}

type Add = (key: readonly string[], permission: Permission) => void;

function addGrant(manifest: Manifest, of: ObjectRef, add: Add): void {
  const grant = readGrant(manifest);
  if (!grant) { return; }
  const { leaf: { namespace, contract, memory }, to, access } = grant;
  const writes = access === 'readWrite';
  add(['grant', namespace, contract, memory, to], {
    of, level: writes ? 2 : 1, what: `namespace ${to} may ${writes ? 'write' : 'read'} memory ${memory} of contract ${contract}`, words: writes ? 'write' : 'read',
  });
}

function addPolicy(manifest: Manifest, of: ObjectRef, add: Add): void {
  if (manifest.kind !== 'ValidatingAdmissionPolicy') { return; }
  const spec = at(manifest.json, 'spec');
  for (const { namespace, what } of readClientPolicy(spec) ?? []) {
    const path = what.replace(/, read-only$/, '');
    const leaf = readLeaf(path.replace(/^hostPath /, ''));
    add(['policy', manifest.name, namespace, leaf ? `${leaf.namespace}.${leaf.contract} ${leaf.memory}` : path], {
      of, level: path === what ? 2 : 1, what: `namespace ${namespace} may use ${what}`, words: path === what ? null : 'read-only',
    });
  }
}

/** What policies no longer refuse, or now do: by their validations, and by bindings that deny. */
export function policyChanges({ pairs }: Compared): PrivilegeChanges {
  const [gained, lost]: [PrivilegeChange[], PrivilegeChange[]] = [[], []];
  const add = (of: ObjectRef, from: readonly string[], to: readonly string[]) => {
    const change = (what: string): PrivilegeChange => ({ of, container: null, what, instead: null, reason: null });
    gained.push(...from.filter(each => !to.includes(each)).map(change));
    lost.push(...to.filter(each => !from.includes(each)).map(change));
  };
  for (const { of, before, after } of pairs) {
    if (of.kind === 'ValidatingAdmissionPolicyBinding') { add(of, heldBy(before?.manifest), heldBy(after?.manifest)); }
    if (of.kind === 'ValidatingAdmissionPolicy' && before && after) { add(of, refusedBy(before.manifest), refusedBy(after.manifest)); }
  }
  return { gained, lost };
}

function heldBy(binding: Manifest | undefined): string[] {
  if (!itemsOf(at(binding?.json, 'spec', 'validationActions')).includes('Deny')) { return []; }
  const labels = Object.values(at(binding?.json, 'spec', 'matchResources', 'namespaceSelector', 'matchLabels') ?? {}).map(textOf);
  const whose = labels.length === 0 ? 'pods' : `pods of namespace ${labels.join(', ')}`;
  return [`${whose} are not held to policy ${textOf(at(binding?.json, 'spec', 'policyName') ?? '')}`];
}

function refusedBy({ json }: Manifest): string[] {
  const refused = objectsOf(at(json, 'spec', 'validations')).map(({ expression = '' }) => `not refused: ${textOf(expression)}`);
  return at(json, 'spec', 'failurePolicy') === 'Ignore' ? refused : [...refused, 'not refused: what the policy fails to judge (failurePolicy)'];
}
