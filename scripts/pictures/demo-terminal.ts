import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { terminal, type Step } from './terminal';

const ROOT = join(__dirname, '..', '..');
const DEMO = join(ROOT, 'assets', 'demo.yaml');

/** What the commands of the demo printed on a cluster: `npm run record-demo` writes it. */
export const RECORDING = join(ROOT, 'docs', 'demo-terminal.json');

const READER = 'kubectl logs -n shared-memory-demo-apps deployment/reader --tail=2';

/**
 * The commands in the first lines of the demo, without the one that deletes it. What the reader
 * says is asked for twice: its time advances.
 */
export function demoCommands(): string[] {
  const commands = [...readFileSync(DEMO, 'utf8').matchAll(/^# {3}(kubectl .*?) *(#.*)?$/gm)].map(
    ([, command]) => command,
  );
  return commands
    .filter(command => !command.startsWith('kubectl delete'))
    .flatMap(command => (command === READER ? [command, command] : [command]));
}

/** The terminal of docs/demo.svg, as it was recorded. */
export const demoPicture = (): string =>
  terminal(
    'The demo: a client of the contract reads the time and cannot write; an outsider is refused',
    JSON.parse(readFileSync(RECORDING, 'utf8')) as Step[],
  );
