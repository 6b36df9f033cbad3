import { BASELINE_REFUSALS, BASELINE_VARIABLES } from './baseline-checks';
import {
  coreResource,
  lines,
  namesOf,
  strings,
  validationsOf,
  variablesOf,
  type MapEntry,
  type Refusal,
} from './cel';
import {
  grantedClaims,
  policyGrantsOf,
  writableEntries,
  type Granted,
  type PolicyGrant,
} from './policy-grants';
import { WRITER_REFUSALS, WRITER_VARIABLES, writerEntries } from './writer-checks';
import type { Json, JsonObject } from '../../kube/json';
import { DEFAULT_CAPABILITIES, HOST_NAMESPACES } from '../../kube/pod-security';
import type { AccessKind } from '../contract/contract-spec';

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
        coreResource('pods', ['CREATE'], 'Namespaced'),
        coreResource('pods/ephemeralcontainers', ['UPDATE'], 'Namespaced'),
      ],
    },
    variables: [
      ...variables(grants),
      ...POD,
      ...WRITER_VARIABLES,
      ...BASELINE_VARIABLES,
      ...variablesOf(REFUSALS),
    ],
    validations: validationsOf(REFUSALS),
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
  const readOnlyClaims = grantedClaims(granted).filter(({ access }) => access === 'readOnly');
  return [
    ...HOST_NAMESPACES.map(use => list(use, namespacesWith(use))),
    list('readOnlyPaths', paths('readOnly')),
    list('writablePaths', paths('readWrite')),
    list(
      'readOnlyClaims',
      unique(readOnlyClaims.map(({ namespace, name }) => `${namespace} ${name}`)),
    ),
    { name: 'writableClaims', expression: celMap(writableEntries(granted)) },
    { name: 'writers', expression: celMap(writerEntries(granted)) },
  ];
}

function celMap(entries: readonly MapEntry[]): string {
  return lines('{', unique(entries.map(({ key, value }) => `'${key}': ${value}`)), '}');
}

function unique(entries: readonly string[]): string[] {
  return [...new Set(entries)].sort();
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
    name: 'memoryVolumes',
    expression:
      "variables.volumes.filter(v, has(v.emptyDir) && v.emptyDir.?medium.orValue('') == 'Memory')",
  },
  { name: 'podLimit', expression: "'memory' in object.spec.?resources.?limits.orValue({})" },
];

const FOREIGN_PATH =
  "!((variables.client + ' ' + v.hostPath.path) in (variables.readOnlyPaths + variables.writablePaths)) || v.hostPath.?type.orValue('') != 'Directory'";
/**
 * A generic ephemeral volume makes a claim that is called `<pod>-<volume>`. With the name of a
 * granted claim that does not exist yet, the pod would get the memory, but the policy would not
 * recognize it by the claim. A pod that has only a generateName gets its name after admission.
 */
const CLAIMS_BY_ITSELF =
  'has(v.ephemeral) && (variables.readOnlyClaims + variables.writableClaims.map(k, k)).exists(k, ' +
  "has(object.metadata.name) && object.metadata.name != '' ? k == variables.client + ' ' + object.metadata.name + '-' + v.name : " +
  "k.startsWith(variables.client + ' ' + object.metadata.?generateName.orValue('')) && k.endsWith('-' + v.name))";
const WRITES =
  'c.?volumeMounts.orValue([]).exists(m, m.name in variables.readOnlyVolumes && (!m.?readOnly.orValue(false)))';
const PROPAGATES =
  "c.?volumeMounts.orValue([]).exists(m, m.name in variables.readOnlyVolumes && m.?mountPropagation.orValue('None') != 'None')";
const UNSIZED =
  "!has(v.emptyDir.sizeLimit) || !quantity(string(v.emptyDir.sizeLimit)).isGreaterThan(quantity('0'))";
const UNLIMITED = "!('memory' in c.?resources.?limits.orValue({}))";
const PRIVILEGED =
  'c.?securityContext.?privileged.orValue(false)' +
  ` || c.?securityContext.?capabilities.?add.orValue([]).exists(a, !(a in ${strings(DEFAULT_CAPABILITIES)}))`;

const FOREIGN_GROUP =
  "has(v.persistentVolumeClaim) && (variables.client + ' ' + v.persistentVolumeClaim.claimName) in variables.writableClaims" +
  ' && has(object.spec.securityContext) && has(object.spec.securityContext.fsGroup)' +
  " && object.spec.securityContext.fsGroup != variables.writableClaims[variables.client + ' ' + v.persistentVolumeClaim.claimName]";

/** What the policy refuses because no contract grants it. */
const NOT_GRANTED: readonly Refusal[] = [
  {
    name: 'hostNamespaces',
    refused: HOST_NAMESPACES.map(
      field =>
        `(object.spec.?${field}.orValue(false) && !(variables.client in variables.${field}) ? ['${field}: true'] : [])`,
    ).join('\n+ '),
    says: "'a namespace of the node that no contract grants namespace ' + variables.client + ': '",
  },
  {
    name: 'foreignPaths',
    refused: namesOf(
      'variables.hostPaths',
      'v',
      FOREIGN_PATH,
      "v.name + ' (' + v.hostPath.path + ')'",
    ),
    says: "'a hostPath that no contract grants namespace ' + variables.client + ', or not of type Directory: '",
  },
  {
    name: 'ephemeralClaims',
    refused: namesOf('variables.volumes', 'v', CLAIMS_BY_ITSELF),
    says: "'a generic ephemeral volume makes a claim with the name of the pod and of the volume, which can be the name of a claim that a contract grants; give another name to volumes: '",
  },
  {
    name: 'writesReadOnly',
    refused: namesOf('variables.containers', 'c', WRITES),
    says: "'shared memory that namespace ' + variables.client + ' may only read must be mounted with readOnly: true, in containers: '",
  },
  {
    name: 'propagates',
    refused: namesOf('variables.containers', 'c', PROPAGATES),
    says: "'shared memory that is only read must be mounted without mountPropagation, through which mounts that come later are writable, in containers: '",
  },
  {
    name: 'foreignGroups',
    refused: namesOf('variables.volumes', 'v', FOREIGN_GROUP),
    says: "'the kubelet would give the memory of the agent to the fsGroup of the pod: remove fsGroup, or set it to the group of the contract, for volumes: '",
  },
  {
    name: 'unsized',
    refused: namesOf('variables.memoryVolumes', 'v', UNSIZED),
    says: "'a memory-medium emptyDir needs a sizeLimit: '",
  },
  {
    name: 'unlimited',
    refused: `variables.memoryVolumes.size() == 0 || variables.podLimit ? [] : ${namesOf('variables.ordinary', 'c', UNLIMITED)}`,
    says: "'a pod with a memory-medium emptyDir needs a memory limit on every container, or on the pod: '",
  },
  {
    name: 'privileged',
    refused: namesOf('variables.containers', 'c', PRIVILEGED),
    says: `'a privileged container, or a capability beyond Pod Security "baseline", reaches what no contract grants: '`,
  },
];

const REFUSALS = [...NOT_GRANTED, ...WRITER_REFUSALS, ...BASELINE_REFUSALS];
