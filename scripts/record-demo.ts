import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { demoCommands, RECORDING } from './pictures/demo-terminal';
import type { Step } from './pictures/terminal';
import { demoManifests } from '../src/cli/demo-command';

/**
 * `npm run record-demo` runs the commands in the first lines of the demo on the cluster of
 * $KUBECONFIG, writes what they print to docs/demo-terminal.json, and deletes the demo. `--image
 * NAME` replaces the public image where the nodes have another one. `npm run pictures` then draws
 * the recording.
 */
/** So many times a command of `kubectl logs` is asked for all of its lines, each second. */
const TRIES = 300;

async function main(): Promise<void> {
  const [flag, image] = process.argv.slice(2);
  if (!process.env.KUBECONFIG || (flag !== undefined && flag !== '--image')) {
    throw new Error('usage: KUBECONFIG=FILE npm run record-demo -- [--image NAME]');
  }
  const yaml = demoManifests({ image });
  const steps: Step[] = [];
  try {
    for (const command of demoCommands()) {
      const last = steps.at(-1);
      const before = last?.command === command ? last.output : [];
      steps.push({ command, output: await printed(command, yaml, before) });
    }
  } finally {
    run(['delete', '-f', '-'], yaml);
  }
  writeFileSync(RECORDING, `${JSON.stringify(steps, undefined, 2)}\n`);
}

/** Returns what a command prints; that of logs, when there are two lines and a new first one. */
async function printed(command: string, yaml: string, before: readonly string[]) {
  const args = command.replace('-f demo.yaml', '-f -').split(' ').slice(1);
  for (let i = 0; i < TRIES; i++) {
    const lines = run(args, yaml);
    if (args[0] !== 'logs' || (lines.length === 2 && lines[0] !== before[0])) {
      return lines;
    }
    await setTimeout(1000);
  }
  throw new Error(`${command}: does not print two lines that are new`);
}

function run(args: readonly string[], input: string): string[] {
  const { status, stdout, stderr } = spawnSync(process.env.KUBECTL ?? 'kubectl', args, {
    ...{ input, encoding: 'utf8' },
  });
  if (status !== 0) {
    throw new Error(`kubectl ${args.join(' ')}: exit code ${status}\n${stderr}`);
  }
  return stdout.trimEnd().split('\n');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
