import type { Context } from '../context';
import type { Pod } from '../kubectl';
import type { Observations } from '../observation';
import type { Probe } from '../probe';
import type { BetweenPodsScenario } from '../scenarios';

/** Namespaces of the test itself. */
export interface Names {
  /** Privileged: where strangers run. */
  readonly foreign: string;
  /** Enforces "restricted"; nothing ever runs there. */
  readonly restricted: string;
}

/** Agent and client of a technique, both running. */
export interface Stage {
  readonly context: Context;
  readonly scenario: BetweenPodsScenario;
  readonly names: Names;
  readonly seen: Observations;
  readonly agentPod: Pod;
  readonly agent: Probe;
  readonly clientPod: Pod;
  readonly client: Probe;
}

/**
 * Makes the namespaces, and the nodes free of what an earlier run left in their memory; leaves them
 * so at the end.
 */
export async function makeRoom(
  context: Context,
  scenario: BetweenPodsScenario,
  names: Names,
): Promise<void> {
  await context.makeNamespaces({
    [names.foreign]: 'privileged',
    [names.restricted]: 'restricted',
    [scenario.clientNamespace]: scenario.clientLevel,
  });
  await context.keepClean(async () => {
    await context.removeDirectory(scenario.directory);
    await context.removeFromNodes(...scenario.nodeObjects);
  });
}
