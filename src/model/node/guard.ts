import { GUARD } from './guard-script';
import { TASK_REASONS, type NodeTask, type NodeVolume } from './node-task';
import { objectsOf, textOf, type JsonObject } from '../../kube/json';
import { AS_ROOT, SAYS_NODE, step } from '../agent/script-step';
import type { ContractSpec } from '../contract/contract-spec';
import { accessTo, contractDirectory, entryOf, guardedMemories } from '../contract/node-layout';

/** The variable with what the guard binds, and which directory of the node that is. */
const GUARDED_PATHS = 'MEMORIES';
const WHY = TASK_REASONS.guard;
/** Prints what is wrong, so that the events of the pod say it. */
const IS_READY = 'cat /staging/problem 2>/dev/null; test -e /staging/ready';
/** The readiness probe of a guard. */
export const GUARD_PROBE = { exec: { command: ['sh', '-c', IS_READY] } };

/** The priority class of guards: the highest. */
export const GUARD_PRIORITY_CLASS = 'system-node-critical';

/** Returns the task that checks the directories of somebody else, and binds them for clients. */
export function guard(name: string, spec: ContractSpec, image: string): NodeTask {
  const roots = rootsOf(spec);
  return {
    task: 'guard',
    name,
    namespace: spec.namespace,
    contracts: [spec.name],
    nodes: spec.nodes.label,
    image,
    steps: [],
    worker: {
      container: worker(spec, image),
      volumes: [{ emptyDir: { sizeLimit: '1Mi' }, name: 'staging' }],
    },
    fields: [
      {
        path: ['priorityClassName'],
        value: GUARD_PRIORITY_CLASS,
        reason: 'no client of the contract starts on a node without it',
      },
    ],
    volumes: [
      {
        name: 'contract',
        path: contractDirectory(spec),
        type: 'DirectoryOrCreate',
        reason: WHY.directory,
      },
      ...roots.map((path): NodeVolume => ({
        name: volumeOf(path, roots),
        path,
        type: 'Directory',
        reason: WHY.parents,
      })),
    ],
  };
}

function worker(spec: ContractSpec, image: string): JsonObject {
  const memories = guardedMemories(spec);
  const roots = rootsOf(spec);
  const writes = memories.some(memory => accessTo(memory, spec.clients) === 'readWrite');
  const container = step('guard', image, GUARD, {
    fields: SAYS_NODE,
    env: {
      DIRECTORY: contractDirectory(spec),
      VERSION: spec.version,
      [GUARDED_PATHS]: memories
        .map(m => `${entryOf({ ...m, guarded: true })}:${m.existing?.path}`)
        .join(' '),
      ACCESS: writes ? 'rw' : 'ro',
    },
    securityContext: { ...AS_ROOT, privileged: true },
    volumeMounts: [
      { mountPath: '/node', mountPropagation: 'Bidirectional', name: 'contract' },
      ...roots.map(path => ({
        mountPath: `/host${path}`,
        mountPropagation: 'HostToContainer',
        name: volumeOf(path, roots),
        ...(writes ? {} : { readOnly: true }),
      })),
      { mountPath: '/staging', name: 'staging' },
    ],
  });
  return { ...container, readinessProbe: GUARD_PROBE };
}

/** Returns the directories of the node in which the guard looks, the first ones of each path. */
function rootsOf(spec: ContractSpec): string[] {
  return [...new Set(guardedMemories(spec).map(m => firstOf(String(m.existing?.path))))].sort();
}

/** Returns the directories in which a guard looks, from the variables of its container. */
export function guardedRoots(env: unknown): string[] {
  const variable = objectsOf(env).find(({ name }) => name === GUARDED_PATHS);
  return textOf(variable?.value)
    .split(' ')
    .map(entry => firstOf(entry.slice(entry.indexOf(':') + 1)));
}

function firstOf(path: string): string {
  return /^\/[^/]+(?=\/)/.exec(path)?.[0] ?? '';
}

/** A number: a path has characters that the name of a volume cannot have. */
function volumeOf(root: string, roots: readonly string[]): string {
  return `node-${roots.indexOf(root)}`;
}
