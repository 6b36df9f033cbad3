import { guessWords } from './guess-words';
import { commentLines, identifiersOf, literal } from './typescript-text';
import type { AdoptedContract } from '../../adopt/adoption';
import { guessesOf, type Guess } from '../../adopt/guesses';
import type { MemorySpec } from '../../model/contract/contract-spec';

/** The comment at the top of contract.ts. */
const FILE_HEADER = `// The contracts that the manifests fulfil already. What nobody knows is left out: sizes, owners,
// groups, and what clients wait for. What is a guess says so, and what to check. README.md lists
// what each of them would bring.
`;

/** Returns contract.ts: the adopted contracts. */
export function contractCode(contracts: readonly AdoptedContract[]): string {
  const names = identifiersOf(contracts.map(({ spec }) => spec.name));
  const body = contracts.map((contract, i) => contractOf(names[i], contract)).join('\n');
  const used = ['Access', 'AgentContract', 'Backing', 'ClientVolume', 'NodeContent', 'SharedMemory']
    .filter(name => new RegExp(`\\b${name}\\b`).test(body))
    .join(', ');
  return `import { ${used} } from 'cdk8s-shared-memory';\n\n${FILE_HEADER}\n${body}`;
}

function contractOf(identifier: string, contract: AdoptedContract): string {
  const { sockets, spec } = contract;
  const guesses = guessesOf(contract);
  const namespace = guesses.find(({ kind }) => kind === 'namespace');
  const lines = [
    `export const ${identifier} = new AgentContract({`,
    `  name: ${literal(spec.name)},`,
    ...(namespace ? indented(commentLines(guessWords(namespace), 2), 2) : []),
    `  namespace: ${literal(spec.namespace)},`,
    `  version: ${literal(spec.version)},`,
    '  memory: [',
    ...spec.memory.flatMap(memory => {
      const guess = guesses.find(each => each.kind === 'files' && each.memory === memory.name);
      return indented(memoryLines(memory, sockets.get(memory.name), guess), 4);
    }),
    '  ],',
    ...(spec.clients === 'readWrite' ? ['  clients: Access.READ_WRITE,'] : []),
    ...(spec.clientVolume === 'hostPath' ? ['  clientVolume: ClientVolume.hostPath(),'] : []),
    ...(spec.servedBy === undefined ? [] : [`  servedBy: ${literal(spec.servedBy)},`]),
    ...listLines(
      'allowedNodePaths',
      (spec.allowedNodePaths ?? []).map(
        ({ path, reason }) => `{ path: ${literal(path)}, reason: ${literal(reason)} }`,
      ),
    ),
    ...listLines(
      'acknowledgements',
      (spec.acknowledgements ?? []).map(
        ({ rule, reason }) => `{ rule: ${literal(rule)}, reason: ${literal(reason)} }`,
      ),
    ),
    '});',
  ];
  return `${lines.join('\n')}\n`;
}

function memoryLines(
  { name, api, mountPath, backing, existing }: MemorySpec,
  socket: string | undefined,
  guess: Guess | undefined,
): string[] {
  if (api === 'systemV') {
    return [
      '// hostIPC: whether the programs call shmget is not in the manifests',
      `SharedMemory.systemV({ name: ${literal(name)} }),`,
    ];
  }
  const why =
    guess !== undefined
      ? guessWords(guess)
      : existing?.contains === 'sockets'
        ? `the manifests name ${socket}`
        : '';
  const path = api === 'posix' ? [] : [`  mountPath: ${literal(mountPath ?? '')},`];
  return [
    `SharedMemory.${api}({`,
    `  name: ${literal(name)},`,
    ...path,
    ...(backing === 'devShm' ? ['  backing: Backing.devShm(),'] : []),
    ...(existing
      ? [
          `  backing: Backing.existing(${literal(existing.path)}, {`,
          ...(why === '' ? [] : indented(commentLines(why, 8), 4)),
          `    contains: NodeContent.${existing.contains.toUpperCase()},`,
          '    clientsWait: false,',
          '  }),',
        ]
      : []),
    '}),',
  ];
}

function indented(lines: readonly string[], by: number): string[] {
  return lines.map(line => ' '.repeat(by) + line);
}

function listLines(field: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`  ${field}: [`, ...items.map(item => `    ${item},`), '  ],'];
}
