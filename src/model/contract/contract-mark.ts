import {
  ACCESSES,
  APIS,
  HUGE_PAGE_SIZES,
  MARKED_BACKINGS,
  MARKED_BACKINGS_2,
  NODE_CONTENTS,
  PAYERS,
  type AccessKind,
  type Api,
  type ContractSpec,
  type HugePageSize,
  type MarkedBacking,
  type NodeContentKind,
  type PayerKind,
} from './contract-spec';
import { API_VERSION_2 } from './contract-version';
import { isGuarded, backingOf } from './node-layout';
import { getOrCreate } from '../../kube/group';
import { isObject, textOf } from '../../kube/json';
import { formatBytes, parseBytes } from '../../kube/quantity';
import type { ContainerNames, Mark } from '../../wire/edit';
import { API_VERSION_SCHEMA, decodeAnnotation, PREFIX } from '../annotation-codec';
import type { JsonSchema } from '../json-schema';

const SIDES = ['agent', 'client', 'sidecar'] as const;
/** The role of a workload in a contract. */
export type Side = (typeof SIDES)[number];

const MARK = `${PREFIX}contract.`;

/** Returns the key of the annotation that contains a workload's mark for a contract. */
export function markAnnotation(contract: string): string {
  return MARK + contract;
}

/**
 * Returns the operation that adds a contract mark to a workload's own metadata: an annotation that
 * records what this side of the contract relies on. docs/mark.md describes the format, which can
 * also be written by hand.
 */
export function contractMark(
  spec: ContractSpec,
  side: Side,
  access: AccessKind,
  containers: ContainerNames,
): Mark {
  const value = {
    apiVersion: spec.apiVersion,
    namespace: spec.namespace,
    version: spec.version,
    side,
    access,
    ...(spec.groupId === undefined ? {} : { group: spec.groupId }),
    ...(side === 'agent' && spec.ownerId === 0 ? { owner: 0 } : {}),
    ...(side !== 'sidecar' && spec.servedBy !== undefined ? { servedBy: spec.servedBy } : {}),
    ...(spec.team === undefined ? {} : { team: spec.team }),
    ...(spec.dataClass === undefined ? {} : { dataClass: spec.dataClass }),
    payer: spec.chargedTo ?? 'agent',
    ...(side !== 'sidecar' && spec.hostPid === true ? { hostPid: true } : {}),
    ...(side !== 'sidecar' && spec.hostNetwork === true ? { hostNetwork: true } : {}),
    memory: spec.memory.map(m => ({
      name: m.name,
      api: m.api,
      ...(m.size === undefined ? {} : { size: formatBytes(m.size) }),
      ...(m.mountPath === undefined ? {} : { mountPath: m.mountPath }),
      ...(side === 'sidecar' || m.existing === undefined
        ? {}
        : { path: m.existing.path, contains: m.existing.contains }),
      ...(side === 'sidecar' || !isGuarded(m) ? {} : { guarded: true }),
      ...(m.hugePages === undefined ? {} : { hugePages: m.hugePages }),
      ...(m.sticky === true ? { sticky: true } : {}),
      backing: side === 'sidecar' ? (m.api === 'systemV' ? 'pod' : 'emptyDir') : backingOf(spec, m),
    })),
  };
  return {
    do: 'mark',
    annotation: markAnnotation(spec.name),
    value,
    containers,
    reason: `contract ${spec.name}: what this side relies on; compared with the other side's`,
  };
}

/** A memory, as read from a mark. */
export interface MarkedMemory {
  readonly name: string;
  readonly api: Api;
  /** Size in bytes. Absent if it is not known. */
  readonly size?: bigint;
  readonly mountPath?: string;
  readonly backing: MarkedBacking;
  /** The directory on the node and its content, for the backing `existing`. */
  readonly path?: string;
  readonly contains?: NodeContentKind;
  /** Whether a guard binds that directory for the clients. Absent means no. */
  readonly guarded?: boolean;
  /** Whether a client may remove and rename only its own objects. Absent means no. */
  readonly sticky?: boolean;
  /** The size of the huge pages that hold it. Absent for ordinary pages. */
  readonly hugePages?: HugePageSize;
}

/**
 * A contract mark that was read from a workload: the properties of the contract that this side
 * relies on.
 */
export interface ReadMark {
  readonly contract: string;
  readonly namespace: string;
  readonly version: string;
  readonly side: Side;
  readonly access: AccessKind;
  readonly group?: number;
  /** The user of the agent, if it is root. */
  readonly owner?: number;
  /** Who serves the memory, if no workload of this library does. Nothing verifies it. */
  readonly servedBy?: string;
  /** The team that answers for the contract, and the class of its data. Nothing verifies them. */
  readonly team?: string;
  readonly dataClass?: string;
  readonly payer: PayerKind;
  /**
   * Whether both sides use the process namespace of the node. `hostNetwork` is the same for the
   * network.
   */
  readonly hostPid?: boolean;
  readonly hostNetwork?: boolean;
  readonly memory: readonly MarkedMemory[];
  readonly containers: readonly string[];
}

/**
 * A cache of parsed marks, by annotation key and annotation text. The value is a string with the
 * problem if the mark cannot be parsed.
 */
type KnownMarks = Map<string, Map<string, ReadMark | string>>;

/**
 * Reads the contract marks among annotations. Returns those that cannot be read separately, each
 * with its annotation key and the problem.
 *
 * @param known cache of parsed marks, because many workloads have the same mark
 */
export function readMarks(
  annotations: unknown,
  known: KnownMarks = new Map(),
): { marks: ReadMark[]; unreadable: [annotation: string, why: string][] } {
  const marks: ReadMark[] = [];
  const unreadable: [string, string][] = [];
  for (const [key, value] of Object.entries(isObject(annotations) ? annotations : {})) {
    if (!key.startsWith(MARK)) {
      continue;
    }
    const text = textOf(value);
    const read = getOrCreate(
      getOrCreate(known, key, () => new Map()),
      text,
      () => readMark(key.slice(MARK.length), text),
    );
    if (typeof read === 'string') {
      unreadable.push([key, read]);
    } else {
      marks.push(read);
    }
  }
  return { marks, unreadable };
}

function readMark(contract: string, text: string): ReadMark | string {
  const { value, problem } = decodeAnnotation<WrittenMark>(text, EITHER_VERSION);
  if (problem !== undefined) {
    return problem;
  }
  const memory = value.memory.map(({ size, ...m }) => ({
    ...m,
    ...(size === undefined ? {} : { size: parseBytes(size) ?? 0n }),
  }));
  const empty = memory.findIndex(({ size }) => size !== undefined && size <= 0n);
  return empty < 0
    ? { payer: 'agent', ...value, memory, contract }
    : `memory[${empty}].size must be a quantity above 0`;
}

/** Returns the mark of an agent that serves a contract, as far as clients rely on it. */
export function servedMark(spec: ContractSpec): ReadMark {
  const { value } = contractMark(spec, 'agent', spec.clients, 'only');
  const mark = readMark(spec.name, JSON.stringify({ ...value, containers: ['agent'] }));
  if (typeof mark === 'string') {
    throw new Error(`contract ${spec.name}: ${mark}`);
  }
  return mark;
}

/** The JSON form of a mark. */
interface WrittenMark extends Omit<ReadMark, 'contract' | 'payer' | 'memory'> {
  readonly payer?: PayerKind;
  readonly memory: readonly (Omit<MarkedMemory, 'size'> & { readonly size?: string })[];
}

const dnsLabel = (maxLength: number): JsonSchema => ({
  type: 'string',
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
  maxLength,
});

const MEMORY_SCHEMA = {
  type: 'object',
  required: ['name', 'api', 'size', 'backing'],
  properties: {
    name: dnsLabel(20),
    api: { enum: APIS },
    size: { type: 'string' },
    mountPath: { type: 'string', pattern: '^/' },
    backing: { enum: MARKED_BACKINGS },
  },
  additionalProperties: false,
  if: { properties: { api: { const: 'systemV' } } },
  then: { properties: { mountPath: false } },
  else: { required: ['mountPath'] },
} as const satisfies JsonSchema;

/** The JSON Schema of a mark. docs/mark.schema.json is generated from it. */
export const MARK_SCHEMA = {
  type: 'object',
  required: ['apiVersion', 'namespace', 'version', 'side', 'access', 'memory', 'containers'],
  properties: {
    apiVersion: API_VERSION_SCHEMA,
    namespace: dnsLabel(63),
    version: dnsLabel(20),
    side: { enum: SIDES },
    access: { enum: ACCESSES },
    group: { type: 'integer', minimum: 1, maximum: 2147483647 },
    payer: { enum: PAYERS },
    hostPid: { type: 'boolean' },
    hostNetwork: { type: 'boolean' },
    memory: { type: 'array', minItems: 1, items: MEMORY_SCHEMA },
    containers: { type: 'array', minItems: 1, items: { type: 'string' } },
  },
  additionalProperties: false,
} as const satisfies JsonSchema;

const MEMORY_SCHEMA_2: JsonSchema = {
  ...MEMORY_SCHEMA,
  required: ['name', 'api', 'backing'],
  properties: {
    ...MEMORY_SCHEMA.properties,
    backing: { enum: MARKED_BACKINGS_2 },
    path: { type: 'string', pattern: '^/' },
    contains: { enum: NODE_CONTENTS },
    guarded: { type: 'boolean' },
    sticky: { type: 'boolean' },
    hugePages: { enum: HUGE_PAGE_SIZES },
  },
  then: { properties: { mountPath: false } },
  else: {
    required: ['mountPath'],
    if: {
      properties: {
        api: { enum: ['files', 'posix'] },
        backing: { enum: ['directory', 'tmpfs', 'hugetlbfs', 'emptyDir'] },
      },
    },
    then: { required: ['size'] }, // all other memory is made by the software itself
  },
};

/**
 * The JSON Schema of the mark of a contract that needs the second version. docs/mark-v2.schema.json
 * is generated from it.
 */
export const MARK_SCHEMA_2 = {
  ...MARK_SCHEMA,
  properties: {
    ...MARK_SCHEMA.properties,
    apiVersion: { const: API_VERSION_2 },
    owner: { type: 'integer', minimum: 0, maximum: 0 },
    servedBy: { type: 'string', maxLength: 100 },
    team: { type: 'string', maxLength: 100 },
    dataClass: { type: 'string', maxLength: 100 },
    memory: { type: 'array', minItems: 1, items: MEMORY_SCHEMA_2 },
  },
} as const satisfies JsonSchema;

const EITHER_VERSION: JsonSchema = {
  if: { properties: { apiVersion: { const: API_VERSION_2 } } },
  then: MARK_SCHEMA_2,
  else: MARK_SCHEMA,
};
