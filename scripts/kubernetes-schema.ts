/**
 * Makes test/kubernetes/schema-<minor>.json out of the OpenAPI document of one Kubernetes release:
 * the definitions that the kinds below reach, structure only, and strict.
 *
 * Run: npx tsx --tsconfig examples/tsconfig.json scripts/kubernetes-schema.ts 1.33.13 (needs Go for
 * the download; the tests need Node alone)
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The kinds that the library renders, its rules look at, or its tests apply. */
const KINDS = [
  'v1/ConfigMap',
  'v1/Namespace',
  'v1/Node',
  'v1/PersistentVolume',
  'v1/PersistentVolumeClaim',
  'v1/Pod',
  'v1/ResourceQuota',
  'v1/Secret',
  'v1/Service',
  'v1/ServiceAccount',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding',
  'apps/v1/DaemonSet',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
  'batch/v1/CronJob',
  'batch/v1/Job',
  'networking.k8s.io/v1/NetworkPolicy',
  'policy/v1/PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1/ClusterRole',
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding',
  'rbac.authorization.k8s.io/v1/Role',
  'rbac.authorization.k8s.io/v1/RoleBinding',
  'scheduling.k8s.io/v1/PriorityClass',
];

/** Of them, those that older versions do not have: the first minor of Kubernetes 1 that does. */
const SINCE: Record<string, number> = {
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy': 36,
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding': 36,
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': 30,
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding': 30,
};

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  items?: Schema;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  readonly 'x-kubernetes-group-version-kind'?: GroupVersionKind[];
}

/** JSON Schema where OpenAPI only names a format: what the API server's decoder accepts. */
const SPECIAL: Record<string, object> = {
  // Compared with resource.Quantity over all 579,195 strings of up to five characters of
  // "01.-+eEiKMmkn ": the same, but for two things that the
  // decoder lets through and nobody means: a number without digits ("Mi", "."), which it reads as
  // 0, and spaces around it.
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    type: ['string', 'number'],
    pattern: '^[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\\d{1,18})?$',
  },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    type: ['string', 'integer'],
    minimum: -(2 ** 31),
    maximum: 2 ** 31 - 1,
  },
};

const FORMATS: Record<string, object> = {
  int32: { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  int64: { type: 'integer' },
  double: { type: 'number' },
  byte: { type: 'string', pattern: '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$' },
  'date-time': {
    type: 'string',
    pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$',
  },
};

/**
 * `List` is what clients write; the API server has no such type, so the OpenAPI document has none
 * either.
 */
const LIST: Schema = {
  type: 'object',
  required: ['items'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta' },
    items: { type: 'array', items: { type: 'object' } },
  },
};

function strict(schema: Schema): object {
  if (schema.$ref) {
    return { $ref: schema.$ref };
  }
  if (schema.format) {
    const known = FORMATS[schema.format];
    if (!known) {
      throw new Error(
        `format ${schema.format}: not known to this script; allowed ${Object.keys(FORMATS).join(', ')}`,
      );
    }
    return known;
  }
  const additional = schema.additionalProperties ?? (schema.properties ? false : undefined);
  return {
    ...(schema.type && { type: schema.type }),
    ...(schema.required && { required: schema.required }),
    ...(schema.properties && { properties: sorted(schema.properties, strict) }),
    ...(schema.items && { items: strict(schema.items) }),
    ...(additional !== undefined && {
      additionalProperties: typeof additional === 'boolean' ? additional : strict(additional),
    }),
  };
}

function sorted<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map(key => [key, change(record[key])]),
  );
}

function references(schema: object): string[] {
  return [...JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)].map(match => match[1]);
}

function bundle(version: string, all: Record<string, Schema>): string {
  const kinds: Record<string, string> = { 'v1/List': 'List' };
  for (const [name, schema] of Object.entries(all)) {
    for (const { group, version: v, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
      const key = [group, v, kind].filter(Boolean).join('/');
      if (KINDS.includes(key)) {
        kinds[key] = name;
      }
    }
  }
  const minor = Number(version.split('.')[1]);
  const wrong = KINDS.filter(kind => kind in kinds !== (SINCE[kind] ?? 0) <= minor);
  if (wrong.length > 0) {
    throw new Error(
      `Kubernetes ${version}: this script is wrong about ${wrong.join(', ')}; SINCE says which versions have a kind`,
    );
  }

  const definitions: Record<string, object> = {};
  const todo = Object.values(kinds);
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (definitions[name]) {
      continue;
    }
    definitions[name] = SPECIAL[name] ?? strict(name === 'List' ? LIST : all[name]);
    todo.push(...references(definitions[name]));
  }
  const lines = (record: Record<string, unknown>) =>
    Object.keys(record)
      .sort()
      .map(key => `    ${JSON.stringify(key)}: ${JSON.stringify(record[key])}`)
      .join(',\n');
  return `{\n  "kubernetes": "${version}",\n  "kinds": {\n${lines(kinds)}\n  },\n  "definitions": {\n${lines(definitions)}\n  }\n}\n`;
}

const [version] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) {
  console.error('usage: kubernetes-schema.ts VERSION      for example 1.33.13');
  process.exit(2);
}
// Not from here: a go.mod of some parent folder would decide over the version.
const module = JSON.parse(
  execFileSync('go', ['mod', 'download', '-json', `k8s.io/kubernetes@v${version}`], {
    cwd: tmpdir(),
    encoding: 'utf8',
  }),
);
const openapi = JSON.parse(readFileSync(join(module.Dir, 'api/openapi-spec/swagger.json'), 'utf8'));
const target = join('test', 'kubernetes', `schema-${version.replace(/\.\d+$/, '')}.json`);
writeFileSync(target, bundle(version, openapi.definitions));
console.log(`wrote ${target}`);
