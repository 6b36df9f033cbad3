import { add, celPath, celString, celValue, onlyIf } from './cel-values';
import type { Mutation, Part } from './compiled-part';
import { compiledStep } from './compiled-step';
import { compiledVolume, type CompiledVolume } from './compiled-volume';
import { inContainers, joined, WIRED_BY_OTHERS } from './wired-containers';
import { show } from '../../errors';
import type { JsonObject } from '../../kube/json';
import { formatBytes } from '../../kube/quantity';
import type { Edit, Include, Operation, SetField } from '../../wire/edit';
import { HEADROOM, leastLimit } from '../../wire/memory';
import { namesOf, type Refusal } from '../policy/cel';

/** An operation of an edit that admission cannot do. */
export interface NotCompiled {
  readonly operation: Operation['do'];
}

/** What an edit does to a pod at admission. */
export interface Compiled {
  /** CEL variables that the other parts use, in this order. */
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
  /** What keeps the pod from being wired. */
  readonly conflicts: readonly Refusal[];
  /** The mutations, in order. */
  readonly mutations: readonly Mutation[];
  /** What the result lacks. */
  readonly missing: readonly Refusal[];
  readonly notCompiled: readonly NotCompiled[];
}

/**
 * Compiles the edit of a client to CEL: what `apply` does to a manifest, the API server then does
 * to a pod. Marks and reasons are left out, because the label of the pod says who it is.
 */
export function compiledEdit({ owner, operations }: Edit): Compiled {
  const each = <D extends Operation['do']>(name: D) =>
    operations.filter((op): op is Extract<Operation, { do: D }> => op.do === name);
  const volumes = each('volume').map((adding, i) => compiledVolume(adding, owner, i));
  const parts: Part[] = [
    ...each('set').map((setting, i) => compiledSet(setting, owner, i)),
    ...each('include').map((including, i) => compiledInclude(including, i)),
    ...each('env').map((setting, i) => compiledVariable(setting, owner, i)),
    ...each('require').map((requirement, i) => compiledRequirement(requirement, i)),
    ...compiledPayments(each('memory'), owner),
    ...each('initContainer').map((adding, i) => compiledStep(adding, owner, i)),
  ];
  return {
    variables: [...parts, ...volumes].flatMap(part => part.variables ?? []),
    conflicts: [...volumes, ...parts].flatMap(part => part.conflicts ?? []),
    mutations: [...volumeMutations(volumes), ...parts.flatMap(part => part.mutation ?? [])],
    missing: [...volumes, ...parts].flatMap(part => part.missing ?? []),
    notCompiled: operations.filter(op => !KNOWN.includes(op.do)).map(op => ({ operation: op.do })),
  };
}

const KNOWN: readonly Operation['do'][] = [
  'annotate',
  'env',
  'explain',
  'include',
  'initContainer',
  'mark',
  'memory',
  'require',
  'set',
  'volume',
];

/** All volumes come before all mounts, which name them. */
function volumeMutations(volumes: readonly CompiledVolume[]): Mutation[] {
  return volumes.length === 0
    ? []
    : [
        {
          field: 'volumes',
          operations: joined(
            onlyIf('!has(object.spec.volumes)', add(celPath('spec', 'volumes'), [])),
            ...volumes.map(({ volume }) => volume),
          ),
        },
        ...volumes.map(({ mounts }) => ({ field: 'volumeMounts', operations: mounts })),
      ];
}

function compiledSet(operation: SetField, owner: string, i: number): Part {
  const { in: root, path, value } = operation;
  if (root === 'pod' && path[0] === 'securityContext') {
    return compiledField(operation, owner, i);
  }
  if (root !== 'pod' || path.length !== 2 || path[0] !== 'nodeSelector') {
    throw new Error(`no compilation of ${show({ root, path })}`);
  }
  const [parent, key] = path;
  const [field, wanted] = [celString(key), celValue(value)];
  const map = `object.spec.?${parent}.orValue({})`;
  const is = (comparison: string) => `${field} in ${map} && ${map}[${field}] ${comparison}`;
  return {
    conflicts: [
      {
        name: `otherField${i}`,
        refused: `${is(`!= ${wanted}`)} ? [${map}[${field}]] : []`,
        says: celString(`${owner} needs ${parent} ${key}: ${String(value)}, and the pod has: `),
      },
    ],
    mutation: {
      field: parent,
      operations: joined(
        onlyIf(`!has(object.spec.${parent})`, add(celPath('spec', parent), {})),
        onlyIf(`!(${field} in ${map})`, add(celPath('spec', parent, key), value)),
      ),
    },
    missing: [
      {
        name: `missingField${i}`,
        refused: `${is(`== ${wanted}`)} ? [] : [${celString(`${parent} ${key}`)}]`,
        says: WIRED_BY_OTHERS,
      },
    ],
  };
}

/** Sets a field of an object that the pod may not have yet. */
function compiledField({ path, value }: SetField, owner: string, i: number): Part {
  const field = `object.spec.${path.join('.')}`;
  const wanted = celValue(value);
  const parents = path.slice(0, -1).map((_, depth) => path.slice(0, depth + 1));
  return {
    conflicts: [
      {
        name: `otherField${i}`,
        refused: `${hasField(path)} && ${field} != ${wanted} ? [string(${field})] : []`,
        says: celString(`${owner} needs ${path.join('.')}: ${String(value)}, and the pod has: `),
      },
    ],
    mutation: {
      field: path[0],
      operations: joined(
        ...parents.map(keys => onlyIf(`!${hasField(keys)}`, add(celPath('spec', ...keys), {}))),
        onlyIf(`!${hasField(path)}`, add(celPath('spec', ...path), value)),
      ),
    },
    missing: [
      {
        name: `missingField${i}`,
        refused: `${hasField(path)} && ${field} == ${wanted} ? [] : [${celString(path.join('.'))}]`,
        says: WIRED_BY_OTHERS,
      },
    ],
  };
}

function compiledInclude({ path, item }: Include, i: number): Part {
  const parents = path.map((_, depth) => path.slice(0, depth + 1));
  const list = `object.spec${path.map(key => `.?${key}`).join('')}.orValue([])`;
  const isThere =
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? `${list}.exists(t, ${sameToleration(item)})`
      : `${celValue(item)} in ${list}`;
  return {
    mutation: {
      field: path[0],
      operations: joined(
        ...parents.map((keys, depth) =>
          onlyIf(
            `!${hasField(keys)}`,
            add(celPath('spec', ...keys), depth === parents.length - 1 ? [] : {}),
          ),
        ),
        onlyIf(`!(${isThere})`, add(celPath('spec', ...path, '-'), item)),
      ),
    },
    missing: [
      {
        name: `missingItem${i}`,
        refused: `${isThere} ? [] : [${celString(`${path.join('.')}: ${JSON.stringify(item)}`)}]`,
        says: WIRED_BY_OTHERS,
      },
    ],
  };
}

/** Compares tolerations; Equal is the operator of one that has none. */
function sameToleration(item: JsonObject): string {
  return Object.entries(item)
    .map(([key, value]) => {
      const otherwise = key === 'operator' ? 'Equal' : '';
      return `t.?${key}.orValue(${celString(otherwise)}) == ${celValue(value ?? null)}`;
    })
    .join(' && ');
}

/** Checks a field and all that contain it; `has` alone fails without the parent. */
function hasField(keys: readonly string[]): string {
  return `(${keys.map((_, i) => `has(object.spec.${keys.slice(0, i + 1).join('.')})`).join(' && ')})`;
}

function compiledVariable(
  { name, value }: Extract<Operation, { do: 'env' }>,
  owner: string,
  i: number,
): Part {
  const env = 'c.?env.orValue([])';
  const isOurs = `e.name == ${celString(name)}`;
  const other = `${isOurs} && (has(e.valueFrom) || e.?value.orValue('') != ${celString(value)})`;
  return {
    conflicts: [
      {
        name: `otherVariable${i}`,
        refused: namesOf('variables.used', 'c', `${env}.exists(e, ${other})`),
        says: celString(
          `${owner} sets the variable ${name} to ${value}; remove the other value in containers: `,
        ),
      },
    ],
    mutation: {
      field: 'env',
      operations: inContainers('env', `!${env}.exists(e, ${isOurs})`, { name, value }),
    },
    missing: [
      {
        name: `missingVariable${i}`,
        refused: namesOf(
          'variables.used',
          'c',
          `!${env}.exists(e, ${isOurs})`,
          `${celString(`variable ${name} in container `)} + c.name`,
        ),
        says: WIRED_BY_OTHERS,
      },
    ],
  };
}

function compiledRequirement(
  { in: root, path, value, withParent, why, fix }: Extract<Operation, { do: 'require' }>,
  i: number,
): Part {
  if (typeof root === 'object') {
    const of = (keys: readonly string[]) => `c${keys.map(key => `.?${key}`).join('')}`;
    const parent = `${of(path.slice(0, -1))}.hasValue()`;
    const isOther = `${of(path)}.hasValue() && c.${path.join('.')} != ${celValue(value)}`;
    const refused =
      withParent === true ? `(${isOther}) || (${parent} && !${of(path)}.hasValue())` : isOther;
    return {
      conflicts: [
        {
          name: `refusedField${i}`,
          refused: namesOf('variables.used', 'c', refused),
          says: celString(
            `${path.join('.')} of a container is refused: ${why}; ${fix}. Containers: `,
          ),
        },
      ],
    };
  }
  const field = `object.spec.${path.join('.')}`;
  return {
    conflicts: [
      {
        name: `refusedField${i}`,
        refused: `${hasField(path)} && ${field} != ${celValue(value)} ? [string(${field})] : []`,
        says: celString(`${path.join('.')} of the pod is refused: ${why}; ${fix}. It is: `),
      },
    ],
  };
}

/** Checks the memory limits of containers that pay for the memory. */
function compiledPayments(
  payments: readonly Extract<Operation, { do: 'memory' }>[],
  owner: string,
): Part[] {
  const bytes = payments.reduce((sum, payment) => sum + payment.bytes, 0);
  if (bytes === 0) {
    return [];
  }
  const least = (of: string) => `quantity(string(${of}))`;
  const limits = 'c.?resources.?limits.orValue({})';
  const podLimits = 'object.spec.?resources.?limits.orValue({})';
  const hasNone = `!('memory' in ${limits})`;
  const shared = `variables.used.filter(c, ${hasNone}).size()`;
  const needed = leastLimit(bytes);
  return [
    {
      conflicts: [
        {
          name: 'smallLimits',
          refused: namesOf(
            'variables.used',
            'c',
            `'memory' in ${limits} && quantity(string(${limits}['memory'])).isLessThan(${least(String(bytes + HEADROOM))})`,
          ),
          says: celString(
            `these containers pay for ${formatBytes(bytes)} of ${owner}, and need a memory limit of at least ${needed}: `,
          ),
        },
        {
          name: 'smallPodLimit',
          refused: `${shared} > 0 && 'memory' in ${podLimits} && quantity(string(${podLimits}['memory'])).isLessThan(${least(`${bytes} * ${shared} + ${HEADROOM}`)}) ? [string(${podLimits}['memory'])] : []`,
          says: celString(
            `containers without a memory limit pay for ${formatBytes(bytes)} of ${owner} each, and the limit of the pod is too small for them: `,
          ),
        },
      ],
    },
  ];
}
