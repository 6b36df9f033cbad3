import { acknowledgements } from './acknowledgement-items';
import { containers } from './container-items';
import { unserved, uses } from './contract-use-items';
import type {
  DiffDocument,
  WordedLabelChange,
  WordedPodChange,
  WordedPrivilege,
} from './diff-document';
import { fromTo, object, sentence, value, type Item, type Part, type Section } from './diff-item';
import { refusedItems } from './refused-items';
import type { ImageChange, ObjectRef } from '../../change/set-changes';
import { count } from '../finding-words';

/**
 * Returns the sections of a diff for people, beginning with what stops a change. Empty sections are
 * left out.
 */
export function sectionsOf(diff: DiffDocument): Section[] {
  return [
    { title: 'Acknowledgements', items: acknowledgements(diff.acknowledgements) },
    {
      title: 'Privileges',
      items: [
        ...diff.privileges.gained.map(each => privilege('+', each)),
        ...diff.privileges.lost.map(each => privilege('-', each)),
      ],
    },
    { title: 'Containers', items: containers(diff.containers) },
    { title: 'Refused by apply', items: refusedItems(diff.refused) },
    { title: 'Join by label', items: diff.labels.map(label) },
    { title: 'Pods', items: pods(diff.pods) },
    {
      title: 'Contracts',
      items: [...unserved(diff.unserved), ...uses(diff.uses), ...diff.contracts.map(contract)],
    },
    { title: 'Memory', items: memory(diff) },
    { title: 'Objects', items: objects(diff) },
  ].filter(({ items }) => items.length > 0);
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

function privilege(
  sign: '+' | '-',
  { of, container, what, instead, reason, lostReason }: WordedPrivilege,
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
        : sign === '+' && !GIVES.includes(of.kind)
          ? [`; no reason given${lostReason ? ' any more' : ''}`]
          : []),
    ],
  };
}

const USES: Readonly<Record<WordedLabelChange['outcome'], Pick<Item, 'sign'> & { says: string }>> =
  {
    joins: { sign: '+', says: 'joins' },
    leaves: { sign: '-', says: 'no longer asks for' },
    refused: { sign: ' ', says: 'the API server refuses its pods, which ask for' },
    notWired: { sign: ' ', says: 'nothing wires its pods, which ask for' },
  };

function label({ of, contract: name, from, to, outcome, why }: WordedLabelChange): Item {
  const { sign, says } = USES[outcome];
  const was = from !== null && to !== null && from !== to ? [', was ', value(from)] : [];
  return {
    sign,
    parts: [
      object(of),
      `: ${says} contract `,
      value(name),
      ' as ',
      value(to ?? from ?? ''),
      ...was,
    ],
    ...(why === null ? {} : { more: [['why: ', sentence(why)]] }),
  };
}

const OUTCOMES: Readonly<Record<WordedPodChange['outcome'], string>> = {
  restart: 'restarts',
  controller: 'may restart',
  whenDeleted: 'restarts when deleted',
  nextRun: 'next run',
  stay: 'does not restart',
  refused: 'refused',
};

function pods(changes: readonly WordedPodChange[]): Item[] {
  const order: readonly WordedPodChange['outcome'][] = [
    'restart',
    'controller',
    'whenDeleted',
    'nextRun',
    'stay',
    'refused',
  ];
  const metadataOnly = (each: WordedPodChange) => each.metadataOnly && each.outcome === 'stay';
  const said = changes
    .filter(each => !metadataOnly(each))
    .sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome)); // stable
  const quiet = changes.filter(metadataOnly);
  return [
    ...said.map(({ of, outcome, how, fields, images }): Item => ({
      sign: ' ',
      parts: [`${OUTCOMES[outcome]}: `, object(of), ', ', sentence(how)],
      more: [someFields(fields), ...images.map(imageLine)],
    })),
    ...(quiet.length === 0
      ? []
      : [
          {
            sign: ' ' as const,
            parts: [
              `does not restart: ${count(quiet.length, 'workload')}, because only ${quiet.length === 1 ? 'its' : 'their'} own labels and annotations changed`,
            ],
          },
        ]),
  ];
}

function imageLine({ container, from, to }: ImageChange): Part[] {
  return ['image of ', value(container), ...fromTo(from, to)];
}

const MOST_FIELDS = 5;

function someFields(fields: readonly string[]): Part[] {
  const shown = fields
    .slice(0, MOST_FIELDS)
    .flatMap((field, i) => [...(i === 0 ? [] : [', ']), value(field)]);
  return fields.length > MOST_FIELDS
    ? [...shown, ` and ${fields.length - MOST_FIELDS} more`]
    : shown;
}

function contract({
  namespace,
  contract: name,
  changes,
  followed,
  behind,
  apart,
}: DiffDocument['contracts'][number]): Item {
  const said = changes.map(({ field, from, to, breaks, follow, why }): Part[] => [
    breaks ? 'breaks ' : 'keeps ',
    value(field),
    ...fromTo(from, to),
    ': ',
    sentence(why),
    ...(follow.length === 0 ? [] : [`; must follow: ${follow.join(', ')}`]),
  ]);
  return {
    sign: ' ',
    parts: ['contract ', value(`${namespace}/${name}`)],
    more: [
      ...said,
      ...(followed.length === 0
        ? []
        : [
            [
              'followed: ',
              ...followed.flatMap(({ of }, i) => [...(i === 0 ? [] : [', ']), object(of)]),
            ],
          ]),
      ...behind.map(({ of, still }): Part[] => [
        'has not followed: ',
        object(of),
        ', still ',
        value(still),
      ]),
      ...apart.map(({ of, has }): Part[] => ['now differs: ', object(of), ', has ', value(has)]),
    ],
  };
}

function memory({ memory: { shared, resources, volumes } }: DiffDocument): Item[] {
  const item = (...parts: Part[]): Item => ({ sign: ' ', parts });
  return [
    ...shared.map(({ nodes, contract: name, from, to, payerBefore, payerAfter }) =>
      item(
        'shared on ',
        value(nodes),
        ', contract ',
        value(name),
        ...fromTo(from, to),
        ...paid(payerBefore, payerAfter),
      ),
    ),
    ...resources.map(({ of, container, resource, what, from, to }) =>
      item(
        object(of),
        ', ',
        ...(container === null ? ['the pod'] : ['container ', value(container)]),
        ', ',
        ...(resource === 'memory' ? [resource] : [value(resource)]),
        ` ${what}`,
        ...fromTo(from, to),
      ),
    ),
    ...volumes.map(({ of, volume, from, to }) =>
      item(object(of), ', memory volume ', value(volume), ...fromTo(from, to)),
    ),
  ];
}

function paid(before: string | null, after: string | null): Part[] {
  const [from, to] = [before ?? after, after ?? before];
  return from === to ? [`, paid by ${to}`] : [`, paid by ${from} before, by ${to} now`];
}

function objects({
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
    ...gone.map((of): Item => ({
      sign: '-',
      parts: ['gone: ', object(of), ...(of.part === null ? [] : [` (${of.part})`]), ...inFile(of)],
    })),
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
