import { policyGrantsOf, type Granted, type PolicyGrant } from './policy-grants';
import type { Json, JsonObject } from '../../kube/json';
import { DEFAULT_CAPABILITIES, HOST_NAMESPACES } from '../../kube/pod-security';
import type { AccessKind } from '../contract/contract-spec';
import { accessTo, claimName, claimableMemories } from '../contract/node-layout';

/**
 * Returns the spec of a ValidatingAdmissionPolicy that lets client namespaces use only the shared
 * memory that was granted to them.
 */
export function clientPolicySpec(grants: readonly Granted[]): JsonObject {
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        // After creation, the fields that the policy checks are immutable. Only ephemeral
        // containers can still be added, and they can have volume mounts too.
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE'],
          resources: ['pods'],
          scope: 'Namespaced',
        },
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['UPDATE'],
          resources: ['pods/ephemeralcontainers'],
          scope: 'Namespaced',
        },
      ],
    },
    variables: [...variables(grants), ...POD],
    validations: VALIDATIONS.map(({ expression, says }): Json => ({
      expression,
      messageExpression: says,
      reason: 'Forbidden',
    })),
  };
}

/**
 * Returns the CEL variables that list the grants. Each list entry starts with its namespace, so
 * each new grant adds one line.
 */
function variables(granted: readonly Granted[]): Json[] {
  const grants = policyGrantsOf(granted);
  const list = (name: string, entries: readonly string[]): Json => ({
    name,
    expression: lines(
      '[',
      entries.map(entry => `'${entry}'`),
      ']',
    ),
  });
  const namespacesWith = (use: PolicyGrant['use']) =>
    grants.filter(grant => grant.use === use).map(({ namespace }) => namespace);
  const paths = (access: AccessKind) =>
    grants.flatMap(grant =>
      grant.use === 'hostPath' && grant.access === access
        ? [`${grant.namespace} ${grant.path}`]
        : [],
    );
  const writable = claimsFor(granted, 'readWrite').map(
    ({ claim, group }) => `'${claim}': ${group}`,
  );
  return [
    ...HOST_NAMESPACES.map(use => list(use, namespacesWith(use))),
    list('readOnlyPaths', paths('readOnly')),
    list('writablePaths', paths('readWrite')),
    list('readOnlyClaims', unique(claimsFor(granted, 'readOnly').map(({ claim }) => claim))),
    { name: 'writableClaims', expression: lines('{', unique(writable), '}') },
  ];
}

/**
 * Returns the claims through which namespaces use the memories. A namespace that may write has a
 * claim for reading, too.
 */
function claimsFor(
  granted: readonly Granted[],
  wanted: AccessKind,
): { readonly claim: string; readonly group: number | undefined }[] {
  return granted
    .filter(({ spec }) => spec.clientVolume !== 'hostPath')
    .flatMap(({ namespace, spec, access }) =>
      claimableMemories(spec)
        .filter(memory => wanted === 'readOnly' || accessTo(memory, access) === wanted)
        .map(memory => ({
          claim: `${namespace} ${claimName(spec, memory, wanted)}`,
          group: spec.groupId,
        })),
    );
}

function unique(entries: readonly string[]): string[] {
  return [...new Set(entries)].sort();
}

function lines(open: string, entries: readonly string[], close: string): string {
  return entries.length === 0
    ? `${open}${close}`
    : [open, ...entries.map(entry => `  ${entry},`), close].join('\n');
}

/** CEL variables that are computed from the pod. */
const POD: readonly Json[] = [
  { name: 'client', expression: 'request.namespace' },
  { name: 'volumes', expression: 'object.spec.?volumes.orValue([])' },
  {
    name: 'ordinary',
    expression: 'object.spec.containers + object.spec.?initContainers.orValue([])',
  },
  {
    name: 'containers',
    expression: 'variables.ordinary + object.spec.?ephemeralContainers.orValue([])',
  },
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
    expression:
      "variables.volumes.filter(v, has(v.persistentVolumeClaim) && (variables.client + ' ' + v.persistentVolumeClaim.claimName) in variables.writableClaims" +
      ' && has(object.spec.securityContext) && has(object.spec.securityContext.fsGroup)' +
      " && object.spec.securityContext.fsGroup != variables.writableClaims[variables.client + ' ' + v.persistentVolumeClaim.claimName]).map(v, v.name)",
  },
  {
    name: 'memoryVolumes',
    expression:
      "variables.volumes.filter(v, has(v.emptyDir) && v.emptyDir.?medium.orValue('') == 'Memory')",
  },
  { name: 'podLimit', expression: "'memory' in object.spec.?resources.?limits.orValue({})" },
];

const FOREIGN_PATH =
  "!((variables.client + ' ' + v.hostPath.path) in (variables.readOnlyPaths + variables.writablePaths)) || v.hostPath.?type.orValue('') != 'Directory'";
const WRITES =
  'c.?volumeMounts.orValue([]).exists(m, m.name in variables.readOnlyVolumes && (!m.?readOnly.orValue(false)))';
const PROPAGATES =
  "c.?volumeMounts.orValue([]).exists(m, m.name in variables.readOnlyVolumes && m.?mountPropagation.orValue('None') != 'None')";
const UNSIZED =
  "!has(v.emptyDir.sizeLimit) || !quantity(string(v.emptyDir.sizeLimit)).isGreaterThan(quantity('0'))";
const UNLIMITED = "!('memory' in c.?resources.?limits.orValue({}))";
const PRIVILEGED =
  'c.?securityContext.?privileged.orValue(false)' +
  ` || c.?securityContext.?capabilities.?add.orValue([]).exists(a, !(a in ${JSON.stringify(DEFAULT_CAPABILITIES).replaceAll('"', "'")}))`;

const names = (list: string, where: string, item: string, name: string) =>
  `variables.${list}.filter(${item}, ${where}).map(${item}, ${name}).join(', ')`;
const granted = (field: string) => ({
  expression: `!object.spec.?${field}.orValue(false) || variables.client in variables.${field}`,
  says: `'${field}: true, which no contract grants namespace ' + variables.client`,
});

/** The validations of the policy, each with the message for a user whose pod is rejected. */
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
