import { GUARD } from './guard-script';
import { TASK_REASONS, type NodeTask, type NodeVolume } from './node-task';
import type { JsonObject } from '../../kube/json';
import { AS_ROOT, step } from '../agent/script-step';
import type { ContractSpec } from '../contract/contract-spec';
import { accessTo, contractDirectory, entryOf, guardedMemories } from '../contract/node-layout';

const WHY = TASK_REASONS.guard;
const READY = '/staging/ready';

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
        value: 'system-node-critical',
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
        name: volumeOf(path),
        path,
        type: 'Directory',
        reason: WHY.parents,
      })),
    ],
  };
}

function worker(spec: ContractSpec, image: string): JsonObject {
  const memories = guardedMemories(spec);
  const writes = memories.some(memory => accessTo(memory, spec.clients) === 'readWrite');
  const container = step('guard', image, GUARD, {
    saysNode: true,
    env: {
      DIRECTORY: contractDirectory(spec),
      VERSION: spec.version,
      MEMORIES: memories
        .map(m => `${entryOf({ ...m, guarded: true })}:${m.existing?.path}`)
        .join(' '),
      ACCESS: writes ? 'rw' : 'ro',
    },
    securityContext: { ...AS_ROOT, privileged: true },
    volumeMounts: [
      { mountPath: '/node', mountPropagation: 'Bidirectional', name: 'contract' },
      ...rootsOf(spec).map(path => ({
        mountPath: `/host${path}`,
        mountPropagation: 'HostToContainer',
        name: volumeOf(path),
        ...(writes ? {} : { readOnly: true }),
      })),
      { mountPath: '/staging', name: 'staging' },
    ],
  });
  return { ...container, readinessProbe: { exec: { command: ['test', '-e', READY] } } };
}

/** Returns the directories of the node in which the guard looks, the first ones of each path. */
function rootsOf(spec: ContractSpec): string[] {
  const first = (path: string) => path.slice(0, path.indexOf('/', 1));
  return [...new Set(guardedMemories(spec).map(m => first(String(m.existing?.path))))].sort();
}

function volumeOf(root: string): string {
  return `node-${root
    .slice(1)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')}`;
}
