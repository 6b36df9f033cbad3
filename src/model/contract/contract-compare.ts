import type { AccessKind, Api, ClientVolumeKind, ContractSpec, NodesSpec, PayerKind } from './contract-spec';
import { backingOf, memoryDirectory } from './node-layout';
import { formatBytes } from '../../kube/quantity';
import { DEV_SHM } from '../../kube/well-known';

/** Who must be rendered or made again before a change has its effect. */
export type FollowerKind = 'agent' | 'grants' | 'clients';

/** One difference between two contracts. */
export interface Change {
  readonly field: string;
  readonly from: string;
  readonly to: string;
  /** Clients that were rendered with the old contract stop working, or do not start, until those who must follow have followed. */
  readonly breaks: boolean;
  readonly follow: readonly FollowerKind[];
  readonly why: string;
}

/** A memory, as far as it is compared. */
export interface ComparedMemory {
  readonly name: string;
  readonly api: Api;
  /** Bytes. */
  readonly size: bigint;
  readonly mountPath?: string;
  readonly backing: string;
  /** The directory of the node, where there is one. */
  readonly directory?: string;
}

/** A contract, as far as it is compared. A mark says less than a contract: what neither of two says is no difference. */
export interface Compared {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly memory: readonly ComparedMemory[];
  readonly payer: PayerKind;
  readonly groupId?: number;
  readonly ownerId?: number;
  readonly clients?: AccessKind;
  readonly nodes?: NodesSpec;
  readonly clientVolume?: ClientVolumeKind;
  readonly hostPid?: boolean;
  readonly hostNetwork?: boolean;
  readonly readyWhen?: unknown;
  readonly acknowledgements?: readonly unknown[];
}

/** What of a contract is compared. */
export function comparedContract(spec: ContractSpec): Compared {
  const memory = spec.memory.map((m): ComparedMemory => {
    const backing = backingOf(spec, m);
    const directory = m.mountPath === undefined ? {} : { directory: backing === 'devShm' ? DEV_SHM : memoryDirectory(spec, m) };
    return { name: m.name, api: m.api, size: BigInt(m.size), mountPath: m.mountPath, backing, ...directory };
  });
  return { ...spec, memory, payer: spec.chargedTo ?? 'agent' };
}

/** What is different for clients that were rendered with `before`, once agent and grants have `after`. */
export function compare(before: Compared, after: Compared): Change[] {
  return [
    ...identity(before, after),
    ...before.version === after.version ? before.memory.flatMap(m => memoryChanges(after, m)) : [],
    ...after.memory.filter(m => !named(before, m.name)).map(m => change(`memory ${m.name}`, 'absent', words(m), false, ['agent', 'grants'],
      'clients that were rendered before do not mount it')),
    ...people(before, after),
    ...pod(before, after),
  ];
}

function identity(before: Compared, after: Compared): Change[] {
  const changes: Change[] = [];
  for (const field of ['name', 'namespace'] as const) {
    if (before[field] !== after[field]) {
      changes.push(change(field, before[field], after[field], true, ['agent', 'grants', 'clients'], 'it is part of the path on the node and of the names of grants: this is another contract'));
    }
  }
  if (before.version !== after.version) {
    changes.push(change('version', before.version, after.version, true, ['agent', 'grants', 'clients'],
      'clients of the old version wait for a directory that the new agent does not make; running ones keep the old data, which nobody writes any more'));
  }
  return changes;
}

function memoryChanges(after: Compared, old: ComparedMemory): Change[] {
  const field = (name: string) => `memory ${old.name} ${name}`;
  const now = named(after, old.name);
  if (!now) {
    return [change(`memory ${old.name}`, words(old), 'absent', true, ['grants', 'clients'], 'clients of a node that has not had it wait for its directory; running ones keep data that nobody writes any more')];
  }
  const changes: Change[] = [];
  const apis = [old.api, now.api];
  if (old.api !== now.api) {
    const same = apis.every(api => api === 'files' || api === 'posix');
    changes.push(change(field('api'), old.api, now.api, !same, ['agent', 'clients'],
      same ? 'the directory on the node is the same; each side opens it in its own way' : 'the memory is somewhere else, where clients that were rendered before do not look'));
  }
  if (old.mountPath !== now.mountPath && old.api === now.api) {
    changes.push(change(field('mountPath'), String(old.mountPath), String(now.mountPath), false, ['agent', 'clients'], 'the directory on the node is the same; each side has it where its YAML says'));
  }
  if (old.api === now.api && old.backing !== now.backing) {
    changes.push(change(field('backing'), old.backing, now.backing, true, ['agent', 'grants', 'clients'],
      'it is in the path on the node, which is immutable in a PersistentVolume, and the agent\'s init step refuses to turn one into the other: give the contract a new version'));
  }
  if (old.size !== now.size) { changes.push(sizeChange(field('size'), after, old.size, now.size)); }
  return changes;
}

function sizeChange(field: string, after: Compared, from: bigint, to: bigint): Change {
  const clientsPay = after.payer === 'client';
  const why = to > from ? 'more room under the same path' : 'the agent does not start on a node whose memory holds more than that';
  return change(field, formatBytes(from), formatBytes(to), clientsPay && to > from, ['agent', ...clientsPay ? ['clients' as const] : []],
    clientsPay ? `${why}; clients pay for it, and their memory limits were written for the old size` : why);
}

function people(before: Compared, after: Compared): Change[] {
  const changes: Change[] = [];
  if (before.ownerId !== after.ownerId) {
    changes.push(change('ownerId', String(before.ownerId), String(after.ownerId), false, ['agent'],
      'the agent\'s init step repairs the directory, not the files in it: those of the old owner stay as they are, for the group to read; sweep them (Leftovers.sweep()), or give the contract a new version'));
  }
  if (before.groupId !== after.groupId) {
    changes.push(change('groupId', String(before.groupId), String(after.groupId), true, ['agent', 'clients'], 'clients that were rendered before are not in the new group, and may not read'));
  }
  if (before.clients !== undefined && after.clients !== undefined && before.clients !== after.clients) {
    const narrower = before.clients === 'readWrite';
    changes.push(change('clients', before.clients, after.clients, narrower, narrower ? ['agent', 'grants', 'clients'] : ['agent', 'grants'],
      narrower ? 'clients that were rendered to write have no claim for it any more, and the directory is closed to them' : 'clients that were rendered before go on reading'));
  }
  return changes;
}

function pod(before: Compared, after: Compared): Change[] {
  const changes: Change[] = [];
  if (before.nodes && after.nodes && nodes(before.nodes) !== nodes(after.nodes)) {
    changes.push(change('nodes', nodes(before.nodes), nodes(after.nodes), true, ['agent', 'grants', 'clients'],
      'clients that were rendered before stay on nodes that may have no agent, and the node affinity of a PersistentVolume is immutable: give the contract a new version, or label the nodes with both'));
  }
  const volume = (spec: Compared) => spec.clientVolume ?? 'persistentVolumeClaim';
  if (volume(before) !== volume(after)) {
    changes.push(change('clientVolume', volume(before), volume(after), false, volume(after) === 'hostPath' ? ['clients'] : ['grants', 'clients'],
      volume(after) === 'hostPath' ? 'clients that were rendered before need their grant as long as they run' : 'clients that were rendered before go on by hostPath'));
  }
  for (const field of ['hostPid', 'hostNetwork'] as const) {
    const [from, to] = [before[field] === true, after[field] === true];
    if (from !== to) {
      changes.push(change(field, String(from), String(to), to, ['agent', 'clients'],
        to ? 'both sides need it, and clients that were rendered before do not have it' : 'clients that were rendered before have a privilege that they no longer need'));
    }
  }
  if (before.payer !== after.payer) {
    changes.push(change('chargedTo', before.payer, after.payer, after.payer === 'client', ['agent', 'clients'],
      after.payer === 'client' ? 'the memory limits of clients that were rendered before were not written for it' : 'the limits of clients may become smaller'));
  }
  const [from, to] = [before, after].map(spec => JSON.stringify(spec.readyWhen) ?? 'absent');
  if (from !== to) { changes.push(change('readyWhen', from, to, false, ['clients'], 'clients that were rendered before wait for what they waited for')); }
  const [old, now] = [before, after].map(spec => JSON.stringify(spec.acknowledgements ?? []));
  if (old !== now) { changes.push(change('acknowledgements', old, now, false, ['agent', 'clients'], 'annotations of the workloads alone: no pod restarts')); }
  return changes;
}

function change(field: string, from: string, to: string, breaks: boolean, follow: readonly FollowerKind[], why: string): Change {
  return { field, from, to, breaks, follow, why };
}

function named(spec: Compared, name: string): ComparedMemory | undefined {
  return spec.memory.find(m => m.name === name);
}

function words({ size, api, directory }: ComparedMemory): string {
  return `${formatBytes(size)} of ${api}${directory === undefined ? '' : ` in ${directory}`}`;
}

function nodes({ label, taint }: NodesSpec): string {
  return `${label.key}=${label.value}${taint ? `, taint ${taint.key}=${taint.value}:${taint.effect}` : ''}`;
}
