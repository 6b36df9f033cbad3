import { isLibraryStep } from './library-steps';
import type { MarkedPod } from './marked-pod';
import { objectsOf, textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { waitStep } from '../model/agent/init-steps';
import type { AccessKind, ContractSpec } from '../model/contract/contract-spec';

/** A step of this library that waits until the memory of a contract is ready. */
export interface FoundWaitStep {
  readonly container: Container;
  /** What it waits for: `file:PATH`, `socket:PATH` or `systemVKey:KEY`. */
  readonly until: string;
}

/** Returns the steps with which a pod waits for a contract. Those of others are not recognized. */
export function waitStepsOf({ pod }: MarkedPod, contract: string): FoundWaitStep[] {
  return pod.containers
    .filter(each => each.role === 'init' && isLibraryStep(each))
    .flatMap(container => {
      const env = envOf(container.json.env);
      const until = env.get('UNTIL');
      return until === undefined || env.get('CONTRACT') !== contract ? [] : [{ container, until }];
    });
}

/** Returns what clients of a contract wait for. Absent if they do not wait. */
export function waitedFor(spec: ContractSpec, access: AccessKind): string | undefined {
  return envOf(waitStep(spec, access)?.env).get('UNTIL');
}

function envOf(env: unknown): Map<string, string> {
  return new Map(objectsOf(env).map(({ name, value }) => [textOf(name), textOf(value ?? '')]));
}
