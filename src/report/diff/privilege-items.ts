import type { DiffDocument, WordedPrivilege } from './diff-document';
import { object, sentence, value, type Item } from './diff-item';

type Privileges = DiffDocument['privileges'];

/** Returns the items about what pods, namespaces and service accounts have, or no longer have. */
export function privileges({ gained, lost }: Privileges): Item[] {
  return [
    // somebody else's program comes first: it can do with the privileges what it likes
    ...gained.filter(({ image }) => image !== null).map(each => item('+', each)),
    ...gained.filter(each => isPrivilege(each) && each.image === null).map(each => item('+', each)),
    ...lost.filter(isPrivilege).map(each => item('-', each)),
  ];
}

/**
 * Returns the items about what limits pods. A policy that refuses less is less of a guardrail, and
 * one that refuses more is more of it: a minus stands before the first, and a plus before the
 * second.
 */
export function guardrails({ gained, lost }: Privileges): Item[] {
  const guards = (all: readonly WordedPrivilege[]) => all.filter(each => !isPrivilege(each));
  return [
    ...guards(gained).map(each => ({ ...item('-', each), isWarning: true })),
    ...guards(lost).map(each => ({ ...item('+', each), isWarning: false })),
  ];
}

function isPrivilege({ guardrail }: WordedPrivilege): boolean {
  return guardrail === null;
}

/** Kinds of objects that give a privilege to others, and have no place for a reason. */
const GIVES = [
  'Namespace',
  'PersistentVolume',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ClusterRole',
  'ClusterRoleBinding',
  'RoleBinding',
];

function item(
  sign: '+' | '-',
  { of, container, what, instead, reason, lostReason, image, guardrail }: WordedPrivilege,
): Item {
  return {
    sign,
    isNeverFolded: true,
    parts: [
      object(of),
      ...(container === null ? [] : [', container ', value(container)]),
      ': ',
      value(what),
      ...(instead === null ? [] : [sign === '+' ? ', was ' : ', now ', value(instead)]),
      ...(lostReason && reason !== null ? ['; no contract gives a reason any more'] : []),
      ...(reason !== null
        ? ['; ', sentence(reason)]
        : sign === '+' && guardrail === null && image === null && !GIVES.includes(of.kind)
          ? [`; no reason given${lostReason ? ' any more' : ''}`]
          : []),
    ],
  };
}
