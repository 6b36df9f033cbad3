import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { terminal, type Step } from './terminal';

/**
 * The terminal of docs/demo.svg: the commands in the first lines of assets/demo.yaml, and what they
 * print, composed and not recorded. `npm run e2e -- --only 'example demo'` runs these commands on a
 * cluster and asserts the words that matter; test/scripts/pictures.test.ts compares the rest with
 * the demo.
 */
const DEMO = join(__dirname, '..', '..', 'assets', 'demo.yaml');

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** What `kubectl apply` prints of the objects of the demo. */
function applied(): string[] {
  const objects = loadAll(readFileSync(DEMO, 'utf8')) as Manifest[];
  return objects.map(({ apiVersion, kind, metadata }) => {
    const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
    return `${kind.toLowerCase()}${group}/${metadata.name} created`;
  });
}

const READ_ONLY = 'touch: /run/clock/own: Read-only file system';
const READER = 'kubectl logs -n shared-memory-demo-apps deployment/reader --tail=2';

/** The commands of the demo, each with what it prints. */
export function demoSteps(): Step[] {
  return [
    { command: 'kubectl apply -f demo.yaml', output: applied() },
    {
      command: 'kubectl rollout status -n shared-memory-demo daemonset/clock',
      output: ['daemon set "clock" successfully rolled out'],
    },
    {
      command: 'kubectl rollout status -n shared-memory-demo-apps deployment/reader',
      output: ['deployment "reader" successfully rolled out'],
    },
    { command: READER, output: ['the agent says Mon Nov 30 01:30:31 UTC 2026', READ_ONLY] },
    { command: READER, output: ['the agent says Mon Nov 30 01:30:36 UTC 2026', READ_ONLY] },
    {
      command: 'kubectl logs -n shared-memory-demo-apps deployment/outsider --tail=2',
      output: ['the agent says ', 'touch: /run/clock/own: Permission denied'],
    },
  ];
}

export const demoPicture = (): string =>
  terminal(
    'The demo: a client of the contract reads the time and cannot write; an outsider is refused',
    demoSteps(),
  );
