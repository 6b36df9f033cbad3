import { acknowledgements } from './acknowledgement-items';
import { containers } from './container-items';
import { unserved, uses } from './contract-use-items';
import type { DiffDocument, WordedLabelChange, WordedPodChange } from './diff-document';
import {
  fromTo,
  object,
  sentence,
  someFields,
  value,
  type Item,
  type Part,
  type Section,
} from './diff-item';
import { memory } from './memory-items';
import { objects } from './object-items';
import { guardrails, privileges } from './privilege-items';
import { refusedItems } from './refused-items';
import type { ImageChange } from '../../change/set-changes';
import { count } from '../finding-words';

/**
 * Returns the sections of a diff for people, beginning with what stops a change. Empty sections are
 * left out.
 */
export function sectionsOf(diff: DiffDocument): Section[] {
  return [
    { title: 'Acknowledgements', items: acknowledgements(diff.acknowledgements) },
    { title: 'Privileges', items: privileges(diff.privileges) },
    { title: 'Guardrails', items: guardrails(diff.privileges) },
    { title: 'Containers', items: containers(diff.containers) },
    { title: 'Refused by apply', items: refusedItems(diff.refused) },
    { title: 'Join by label', items: diff.labels.map(label) },
    { title: 'Pods', items: pods(diff.pods) },
    {
      title: 'Contracts',
      items: [...unserved(diff.unserved), ...uses(diff.uses), ...diff.contracts.map(contract)],
    },
    { title: 'Memory', items: memory(diff.memory) },
    { title: 'Objects', items: objects(diff) },
  ].filter(({ items }) => items.length > 0);
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
    ...said.map(({ of, outcome, how, fields, images, replicas }): Item => ({
      sign: ' ',
      parts: [`${OUTCOMES[outcome]}: `, object(of), ', ', sentence(how)],
      more: [
        someFields(fields),
        ...images.map(imageLine),
        ...(replicas === null ? [] : [replicasLine(replicas)]),
      ],
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

function replicasLine({ from, to }: NonNullable<WordedPodChange['replicas']>): Part[] {
  const note =
    from === null
      ? ['; if an autoscaler set it, this overrides it']
      : to === null
        ? ['; apply makes it 1, until an autoscaler changes it']
        : [];
  return ['replicas', ...fromTo(`${from ?? 'not set'}`, `${to ?? 'not set'}`), ...note];
}

function imageLine({ container, from, to }: ImageChange): Part[] {
  return ['image of ', value(container), ...fromTo(from, to)];
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
