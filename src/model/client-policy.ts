import type { AccessKind, ContractSpec } from './contract-spec';
import { accessTo, backingOf, claimName, leafDirectory } from './layout';
import { at, objectsOf, textOf, type Json, type JsonObject } from '../kube/json';
import { DEFAULT_CAPABILITIES, HOST_NAMESPACES } from '../kube/pod-security';

/** What one namespace may use of one contract. */
export interface Granted { readonly namespace: string; readonly spec: ContractSpec; readonly access: AccessKind }

/** The spec of a ValidatingAdmissionPolicy that lets client namespaces use what they were granted, and no more. */
export function clientPolicySpec(grants: readonly Granted[]): JsonObject {
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        // The spec of a pod is immutable after that, but for ephemeral containers, which have mounts too.
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' },
        { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'], scope: 'Namespaced' },
      ],
    },
    variables: [...variables(grants), ...POD],
    validations: VALIDATIONS.map(({ expression, says }): Json => ({ expression, messageExpression: says, reason: 'Forbidden' })),
  };
}

/** What is granted: each entry begins with the namespace that has it, so that one more grant is one more line. */
function variables(grants: readonly Granted[]): Json[] {
  const of = (use: (grant: Granted) => string[]) => [...new Set(grants.flatMap(grant => use(grant).map(what => [grant.namespace, what].filter(w => w !== '').join(' '))))].sort();
  const list = (name: string, entries: string[]): Json => ({ name, expression: lines('[', entries.map(entry => `'${entry}'`), ']') });
  const paths = (wanted: AccessKind) => of(grant => grant.spec.memory.flatMap((m): string[] => {
    const backing = backingOf(grant.spec, m);
    if (backing === 'hostIpc' || accessTo(m, grant.access) !== wanted) { return []; }
    if (backing === 'devShm') { return ['/dev/shm']; }
    return grant.spec.clientVolume === 'hostPath' ? [leafDirectory(grant.spec, m)] : [];
  }));
  const claims = (wanted: AccessKind) => grants.flatMap(grant => grant.spec.clientVolume === 'hostPath' ? [] : grant.spec.memory
    .filter(m => ['directory', 'tmpfs'].includes(backingOf(grant.spec, m)) && (wanted === 'readOnly' || accessTo(m, grant.access) === wanted))
    .map(m => [`${grant.namespace} ${claimName(grant.spec, m, wanted)}`, grant.spec.groupId] as const));
  const flag = (has: (spec: ContractSpec) => boolean) => of(({ spec }) => has(spec) ? [''] : []);
  const writable = paths('readWrite');
  return [
    list('hostIPC', flag(spec => spec.memory.some(m => m.api === 'systemV'))),
    list('hostPID', flag(spec => spec.hostPid === true)),
    list('hostNetwork', flag(spec => spec.hostNetwork === true)),
    list('readOnlyPaths', paths('readOnly').filter(path => !writable.includes(path))),
    list('writablePaths', writable),
    list('readOnlyClaims', [...new Set(claims('readOnly').map(([claim]) => claim))].sort()),
    { name: 'writableClaims', expression: lines('{', [...new Set(claims('readWrite').map(([claim, group]) => `'${claim}': ${group}`))].sort(), '}') },
  ];
}

/** What the spec of such a policy lets a namespace use: `hostIPC`, `hostPath /dev/shm` ...; nothing where it is another kind of policy. */
export function readClientPolicy(spec: unknown): { readonly namespace: string; readonly what: string }[] | undefined {
  const expressions = new Map(objectsOf(at(spec, 'variables')).map(({ name, expression }) => [textOf(name), textOf(expression)] as const));
  if (!['hostIPC', 'readOnlyPaths', 'writablePaths'].every(name => expressions.has(name))) { return undefined; }
  const entries = (name: string) => [...(expressions.get(name) ?? '').matchAll(/'([^' ]+)(?: ([^']*))?'/g)].map(([, namespace, what = '']) => ({ namespace, what }));
  return [
    ...HOST_NAMESPACES.flatMap(what => entries(what).map(({ namespace }) => ({ namespace, what }))),
    ...entries('readOnlyPaths').map(({ namespace, what }) => ({ namespace, what: `hostPath ${what}, read-only` })),
    ...entries('writablePaths').map(({ namespace, what }) => ({ namespace, what: `hostPath ${what}` })),
  ];
}

function lines(open: string, entries: readonly string[], close: string): string {
  return entries.length === 0 ? `${open}${close}` : [open, ...entries.map(entry => `  ${entry},`), close].join('\n');
}

/** What the pod has. */
const POD: readonly Json[] = [
  { name: 'client', expression: 'request.namespace' },
  { name: 'volumes', expression: 'object.spec.?volumes.orValue([])' },
  { name: 'ordinary', expression: 'object.spec.containers + object.spec.?initContainers.orValue([])' },
  { name: 'containers', expression: 'variables.ordinary + object.spec.?ephemeralContainers.orValue([])' },
  { name: 'hostPaths', expression: 'variables.volumes.filter(v, has(v.hostPath))' },
  {
    name: 'readOnlyVolumes',
    expression: [
      "variables.hostPaths.filter(v, !((variables.client + ' ' + v.hostPath.path) in variables.writablePaths)).map(v, v.name)",
      "+ variables.volumes.filter(v, has(v.persistentVolumeClaim) && (variables.client + ' ' + v.persistentVolumeClaim.claimName) in variables.readOnlyClaims).map(v, v.name)",
    ].join('\n'),
  },
  {
    name: 'foreignGroups',
    expression: "variables.volumes.filter(v, has(v.persistentVolumeClaim) && (variables.client + ' ' + v.persistentVolumeClaim.claimName) in variables.writableClaims"
      + ' && has(object.spec.securityContext) && has(object.spec.securityContext.fsGroup)'
      + " && object.spec.securityContext.fsGroup != variables.writableClaims[variables.client + ' ' + v.persistentVolumeClaim.claimName]).map(v, v.name)",
  },
  { name: 'memoryVolumes', expression: "variables.volumes.filter(v, has(v.emptyDir) && v.emptyDir.?medium.orValue('') == 'Memory')" },
  { name: 'podLimit', expression: "'memory' in object.spec.?resources.?limits.orValue({})" },
];

const FOREIGN_PATH = "!((variables.client + ' ' + v.hostPath.path) in (variables.readOnlyPaths + variables.writablePaths)) || v.hostPath.?type.orValue('') != 'Directory'";
const WRITES = 'c.?volumeMounts.orValue([]).exists(m, m.name in variables.readOnlyVolumes && (!m.?readOnly.orValue(false)))';
const PROPAGATES = "c.?volumeMounts.orValue([]).exists(m, m.name in variables.readOnlyVolumes && m.?mountPropagation.orValue('None') != 'None')";
const UNSIZED = "!has(v.emptyDir.sizeLimit) || !quantity(string(v.emptyDir.sizeLimit)).isGreaterThan(quantity('0'))";
const UNLIMITED = "!('memory' in c.?resources.?limits.orValue({}))";
const PRIVILEGED = 'c.?securityContext.?privileged.orValue(false)'
  + ` || c.?securityContext.?capabilities.?add.orValue([]).exists(a, !(a in ${JSON.stringify(DEFAULT_CAPABILITIES).replaceAll('"', "'")}))`;

const names = (list: string, where: string, item: string, name: string) => `variables.${list}.filter(${item}, ${where}).map(${item}, ${name}).join(', ')`;
const granted = (field: string) => ({
  expression: `!object.spec.?${field}.orValue(false) || variables.client in variables.${field}`,
  says: `'${field}: true, which no contract grants namespace ' + variables.client`,
});

/** Each with what it says to whoever is refused. */
const VALIDATIONS: readonly { readonly expression: string; readonly says: string }[] = [
  granted('hostIPC'),
  granted('hostPID'),
  granted('hostNetwork'),
  {
    expression: `!variables.hostPaths.exists(v, ${FOREIGN_PATH})`,
    says: `'a hostPath that no contract grants namespace ' + variables.client + ', or not of type Directory: ' + ${names('hostPaths', FOREIGN_PATH, 'v', "v.name + ' (' + v.hostPath.path + ')'")}`,
  },
  {
    expression: `!variables.containers.exists(c, ${WRITES})`,
    says: `'shared memory that namespace ' + variables.client + ' may only read must be mounted with readOnly: true, in containers: ' + ${names('containers', WRITES, 'c', 'c.name')}`,
  },
  {
    expression: `!variables.containers.exists(c, ${PROPAGATES})`,
    says: `'shared memory that is only read must be mounted without mountPropagation, through which mounts that come later are writable, in containers: ' + ${names('containers', PROPAGATES, 'c', 'c.name')}`,
  },
  {
    expression: 'variables.foreignGroups.size() == 0',
    says: "'fsGroup of another group than the contract\\'s, to which the kubelet would give the agent\\'s memory, with volumes: ' + variables.foreignGroups.join(', ')",
  },
  {
    expression: `!variables.memoryVolumes.exists(v, ${UNSIZED})`,
    says: `'a memory-medium emptyDir needs a sizeLimit: ' + ${names('memoryVolumes', UNSIZED, 'v', 'v.name')}`,
  },
  {
    expression: `variables.memoryVolumes.size() == 0 || variables.podLimit || !variables.ordinary.exists(c, ${UNLIMITED})`,
    says: `'a pod with a memory-medium emptyDir needs a memory limit on every container, or on the pod: ' + ${names('ordinary', UNLIMITED, 'c', 'c.name')}`,
  },
  {
    expression: `!variables.containers.exists(c, ${PRIVILEGED})`,
    says: `'a privileged container, or a capability beyond Pod Security "baseline", reaches what no contract grants: ' + ${names('containers', PRIVILEGED, 'c', 'c.name')}`,
  },
];
