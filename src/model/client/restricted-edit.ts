import type { Edit } from '../../wire/edit';

/** What Pod Security "restricted" asks for. */
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
