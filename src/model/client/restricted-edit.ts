import type { Edit } from '../../wire/edit';

/** Returns the edit that sets the fields that Pod Security "restricted" requires. */
export function restrictedEdit(template: string): Edit {
  const owner = 'PodSecurity.restricted()';
  return {
    owner,
    key: owner,
    template,
    operations: [
      {
        do: 'restrict',
        reason: 'PodSecurity.restricted(): asked for by Pod Security "restricted"',
      },
    ],
  };
}
