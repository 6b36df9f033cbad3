import type { DiffDocument } from './diff-document';
import { fromTo, object, someFields, value, type Item, type Part } from './diff-item';
import type { GoneObject, LeftGrant } from '../../change/object-change';
import type { ObjectRef } from '../../change/set-changes';

/** Returns the items about objects that are new, gone, in another file, or changed. */
export function objects({
  objects: { added, gone, moved, changed },
  pods: workloads,
}: DiffDocument): Item[] {
  const said = new Set(workloads.map(({ of }) => JSON.stringify(of)));
  const others = changed.filter(({ fields: _, ...of }) => !said.has(JSON.stringify(of)));
  const shared = gone.some(({ part }) => part !== null);
  const order = shared
    ? '; delete what belongs to shared memory in this order: clients, then their grants, then the agent'
    : '';
  return [
    ...added.map((of): Item => ({ sign: '+', parts: ['new: ', object(of), ...inFile(of)] })),
    ...(gone.length === 0
      ? []
      : [
          {
            sign: ' ' as const,
            parts: [`apply does not delete what is gone: prune it, or delete it by hand${order}`],
          },
        ]),
    ...gone.map(goneItem),
    ...moved.map((of): Item => ({
      sign: ' ',
      parts: ['moved: ', object(of), ...fromTo(of.from, of.file ?? '')],
    })),
    ...others.map(({ fields, ...of }): Item => ({
      sign: ' ',
      parts: ['changed: ', object(of), ': ', ...someFields(fields)],
    })),
  ];
}

function inFile({ file }: ObjectRef): Part[] {
  return file === null ? [] : [' in ', value(file)];
}

function goneItem(gone: GoneObject): Item {
  const { part, grant } = gone;
  const isOpen =
    grant !== null && grant.access === 'readWrite' && grant.noLongerGuardedBy.length > 0;
  return {
    sign: '-',
    parts: ['gone: ', object(gone), ...(part === null ? [] : [` (${part})`]), ...inFile(gone)],
    ...(isOpen ? { isNeverFolded: true as const } : {}),
    ...(grant === null ? {} : { more: leftWords(grant) }),
  };
}

/** Says what pods can do with a grant that is in no manifest any more. */
function leftWords(grant: LeftGrant): Part[][] {
  const { to, contract, version, memory, access, noLongerGuardedBy: policies } = grant;
  const may = access === 'readWrite' ? 'read and write' : 'read';
  const [verb, does] = policies.length === 1 ? ['lists', 'policy'] : ['list', 'policies'];
  return [
    [
      'it stays in the cluster until somebody deletes it: until then, pods of namespace ',
      value(to),
      ` can mount it, and ${may} memory `,
      value(`${contract}/${memory}`),
      ' ',
      value(version),
    ],
    ...(policies.length === 0
      ? []
      : [
          [
            `${does} `,
            ...policies.flatMap((name, i) => [...(i === 0 ? [] : [', ']), value(name)]),
            ` guarded the claim, and no longer ${verb} it: only the volume limits what these pods do with it`,
          ],
        ]),
  ];
}
