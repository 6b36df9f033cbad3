import { guessWords } from './guess-words';
import { commentLines, identifiersOf, literal } from './typescript-text';
import type { AdoptedContract, AdoptedWorkload } from '../../adopt/adoption';
import type { IncludedFile } from '../../adopt/included-files';
import type { Manifest } from '../../kube/manifest';

/** Returns main.ts: an app that includes the files, and attaches the workloads as they are. */
export function mainCode(
  files: readonly IncludedFile[],
  contracts: readonly AdoptedContract[],
): string {
  const names = identifiersOf(contracts.map(({ spec }) => spec.name));
  const attached = new Set(
    contracts.flatMap(({ agent, clients }) =>
      [agent, ...clients].flatMap(workload => workload?.manifest ?? []),
    ),
  );
  const identifiers = identifiersOf(
    files.map(({ chart }) => `${chart}-manifests`),
    names,
  );
  const chartOf = (manifest: Manifest) =>
    files.findIndex(({ manifests }) => manifests.includes(manifest));
  const includes = files.map(({ chart, file, manifests }, i) => {
    const call = `included(${literal(chart)}, ${literal(file)});`;
    return manifests.some(each => attached.has(each)) ? `const ${identifiers[i]} = ${call}` : call;
  });
  const target = (manifest: Manifest) => {
    const index = chartOf(manifest);
    return targetOf(manifest, files[index], identifiers[index]);
  };
  const calls = contracts.map(({ agent, clients }, i) =>
    [
      ...(agent
        ? [
            ...commentLines(guessWords({ kind: 'agent' }), 0),
            callOf(names[i], 'serveFrom', agent, target(agent.manifest)),
          ]
        : []),
      ...clients.map(each => callOf(names[i], 'attachTo', each, target(each.manifest))),
    ].join('\n'),
  );
  const text = calls.join('\n\n');
  const own = ['Access', 'ReviewApp'].filter(
    name => name === 'ReviewApp' || text.includes(`${name}.`),
  );
  return `import { join } from 'node:path';
import { Chart, Include } from 'cdk8s';
import { ${own.join(', ')} } from 'cdk8s-shared-memory';
import { ${names.join(', ')} } from './contract';

const app = new ReviewApp();
const included = (chart: string, file: string) =>
  new Include(new Chart(app, chart), 'manifests', { url: join(__dirname, 'manifests', file) });

${includes.join('\n')}

// asIs: only the mark of the contract is written, and no pod restarts
${text.startsWith('//') ? '\n' : ''}${text}

app.synth();
`;
}

/** The construct of an object, and the option that chooses it if the construct holds several. */
interface Written {
  readonly construct: string;
  readonly workload?: string;
}

function targetOf(
  { kind, name, namespace }: Manifest,
  { manifests }: IncludedFile,
  identifier: string,
): Written {
  const alike = manifests.filter(each => each.kind === kind && each.name === name);
  if (alike.length === 1) {
    return { construct: identifier, workload: `${kind}/${name}` };
  }
  // Include calls its objects name-kind-namespace
  const id = [name, kind.toLowerCase(), namespace].filter(part => part !== undefined).join('-');
  return { construct: `${identifier}.node.findChild(${literal(id)})` };
}

function callOf(
  contract: string,
  method: 'serveFrom' | 'attachTo',
  { containers, isOnlyContainer, access }: AdoptedWorkload,
  { construct, workload }: Written,
): string {
  const options = [
    ...(workload === undefined ? [] : [`workload: ${literal(workload)}`]),
    ...(isOnlyContainer ? [] : [containerOption(method, containers)]),
    ...(method === 'attachTo' && access === 'readWrite' ? ['access: Access.READ_WRITE'] : []),
    'asIs: true',
  ];
  const oneLine = `${contract}.${method}(${construct}, { ${options.join(', ')} });`;
  return oneLine.length <= 100
    ? oneLine
    : `${contract}.${method}(${construct}, {\n${options.map(each => `  ${each},\n`).join('')}});`;
}

function containerOption(method: 'serveFrom' | 'attachTo', containers: readonly string[]): string {
  return method === 'serveFrom'
    ? `container: ${literal(containers[0])}`
    : `containers: [${containers.map(literal).join(', ')}]`;
}
