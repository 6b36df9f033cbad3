import type { Hardening } from '../kube/hardening';

const WORDS: Readonly<Record<Hardening, string>> = {
  allowPrivilegeEscalation: 'allowPrivilegeEscalation: false',
  'capabilities.drop': 'capabilities.drop: [ALL]',
  runAsNonRoot: 'runAsNonRoot: true',
  'seccompProfile.type': 'seccompProfile: RuntimeDefault',
  readOnlyRootFilesystem: 'readOnlyRootFilesystem: true',
};

/** `capabilities.drop: [ALL], runAsNonRoot: true`: in the words of Pod Security. */
export function hardeningWords(fields: readonly Hardening[]): string {
  return fields.map(each => WORDS[each]).join(', ');
}
