import { API_VERSION, type AccessKind, type ContractSpec } from './contract-spec';
import { backingOf, PREFIX } from './layout';
import { entryOf } from '../kube/group';
import { at, isObject, objectsOf, textOf, type JsonObject } from '../kube/json';
import { formatBytes, parseBytes } from '../kube/quantity';
import type { ContainerNames, Mark } from '../wire/edit';

/** Which side of a contract a workload is on. */
export type Side = 'agent' | 'client' | 'sidecar';

/** The annotation that says on a workload's own metadata what its side relies on. docs/mark.md describes it: it may be written by hand. */
export function contractMark(spec: ContractSpec, side: Side, access: AccessKind, containers: ContainerNames): Mark {
  const value = {
    apiVersion: API_VERSION,
    namespace: spec.namespace,
    version: spec.version,
    side,
    access,
    ...(spec.groupId === undefined ? {} : { group: spec.groupId }),
    payer: spec.chargedTo ?? 'agent',
    ...(side !== 'sidecar' && spec.hostPid === true ? { hostPid: true } : {}),
    ...(side !== 'sidecar' && spec.hostNetwork === true ? { hostNetwork: true } : {}),
    memory: spec.memory.map(m => ({
      name: m.name,
      api: m.api,
      size: formatBytes(m.size),
      ...(m.mountPath === undefined ? {} : { mountPath: m.mountPath }),
      backing: side === 'sidecar' ? (m.api === 'systemV' ? 'pod' : 'emptyDir') : backingOf(spec, m),
    })),
  };
  return {
    do: 'mark', annotation: `${PREFIX}contract.${spec.name}`, value, containers, reason: `contract ${spec.name}: what this side relies on; compared with the other side's`,
  };
}

/** A memory, as a mark has it. */
export interface MarkedMemory {
  readonly name: string;
  readonly api: 'files' | 'posix' | 'systemV' | 'descriptors';
  readonly size: bigint;
  readonly mountPath?: string;
  readonly backing: 'directory' | 'tmpfs' | 'devShm' | 'hostIpc' | 'emptyDir' | 'pod';
}

/** What a workload says that its side of a contract relies on. */
export interface ReadMark {
  readonly contract: string;
  readonly namespace: string;
  readonly version: string;
  readonly side: Side;
  readonly access: AccessKind;
  readonly group?: number;
  readonly payer: 'agent' | 'client';
  /** Whether both sides need the process namespace, or the network, of the node. */
  readonly hostPid?: boolean;
  readonly hostNetwork?: boolean;
  readonly memory: readonly MarkedMemory[];
  readonly containers: readonly string[];
}

const MARK = `${PREFIX}contract.`;

/** Marks, or what is wrong with them, by annotation and text. */
type KnownMarks = Map<string, Map<string, ReadMark | string>>;

/**
 * The marks among annotations, and what is wrong with those that cannot be read: by annotation.
 *
 * @param known what was read before, as many workloads have the same mark
 */
export function readMarks(
  annotations: unknown, known: KnownMarks = new Map(),
): { marks: ReadMark[]; unreadable: [annotation: string, why: string][] } {
  const marks: ReadMark[] = [];
  const unreadable: [string, string][] = [];
  for (const [key, value] of Object.entries(isObject(annotations) ? annotations : {})) {
    if (!key.startsWith(MARK)) { continue; }
    const text = textOf(value);
    const read = entryOf(entryOf(known, key, () => new Map()), text, () => readMark(key.slice(MARK.length), text));
    if (typeof read === 'string') { unreadable.push([key, read]); } else { marks.push(read); }
  }
  return { marks, unreadable };
}

function readMark(contract: string, text: string): ReadMark | string {
  let json: unknown;
  try { json = JSON.parse(text); } catch (error) { return `must be JSON: ${(error as Error).message}`; }
  const problem = wrongIn(json);
  if (problem !== undefined) { return problem; }
  const mark = json as JsonObject;
  const memory = objectsOf(mark.memory).map(m => ({ ...m, size: parseBytes(m.size) }));
  return { payer: 'agent', ...mark, memory, contract } as unknown as ReadMark;
}

const CHOICES = { side: ['agent', 'client', 'sidecar'], access: ['readOnly', 'readWrite'], payer: ['agent', 'client'] };
const MEMORY_CHOICES = { api: ['files', 'posix', 'systemV', 'descriptors'], backing: ['directory', 'tmpfs', 'devShm', 'hostIpc', 'emptyDir', 'pod'] };

/** The first thing that is wrong with a mark; docs/mark.schema.json says the same. */
function wrongIn(json: unknown): string | undefined {
  if (at(json, 'apiVersion') !== API_VERSION) { return `apiVersion must be ${API_VERSION}`; }
  for (const field of ['namespace', 'version']) { if (typeof at(json, field) !== 'string') { return `${field} must be a string`; } }
  for (const [field, allowed] of Object.entries(CHOICES)) {
    const value = at(json, field);
    if (!(field === 'payer' && value === undefined) && !allowed.includes(value as string)) { return `${field} must be ${allowed.join(' or ')}`; }
  }
  const group = at(json, 'group');
  if (group !== undefined && !Number.isInteger(group)) { return 'group must be a whole number'; }
  for (const field of ['hostPid', 'hostNetwork']) { if (!['boolean', 'undefined'].includes(typeof at(json, field))) { return `${field} must be true or false`; } }
  const containers = at(json, 'containers');
  if (!Array.isArray(containers) || !containers.every(name => typeof name === 'string')) { return 'containers must be a list of names'; }
  const memory = at(json, 'memory');
  if (!Array.isArray(memory) || memory.length === 0) { return 'memory must be a list of at least one memory'; }
  for (const [i, m] of memory.entries()) {
    if (typeof at(m, 'name') !== 'string') { return `memory[${i}].name must be a string`; }
    if ((parseBytes(at(m, 'size')) ?? 0n) <= 0n) { return `memory[${i}].size must be a quantity above 0`; }
    for (const [field, allowed] of Object.entries(MEMORY_CHOICES)) { if (!allowed.includes(at(m, field) as string)) { return `memory[${i}].${field} must be ${allowed.join(', ')}`; } }
    if ((at(m, 'api') === 'systemV') !== (at(m, 'mountPath') === undefined)) { return `memory[${i}].mountPath must be there, unless api is systemV`; }
  }
  return undefined;
}
