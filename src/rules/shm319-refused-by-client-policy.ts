import { forEachPod, type Rule } from './rule';
import type { RuleMatch } from './rule-match';
import { listWords } from './rule-words';
import { textOf } from '../kube/json';
import { enforcedLevel } from '../kube/pod-security';
import type { AccessKind } from '../model/contract/contract-spec';
import type { PolicyGrant } from '../model/policy/policy-grants';
import { TAKING } from '../model/policy/writer-checks';
import { hostPrivileges, type HostPrivilege } from '../read/host-privileges';
import { limitOf } from '../read/pod-memory';
import { bindingsFor, guardrailsOf, isDenying, type Guardrail } from '../sharing/guardrails';
import type { MarkedPod } from '../sharing/marked-pod';
import { refusedClientUses, type RefusedUse } from '../sharing/refused-client-uses';

const set = (use: string) => `apiVersion: v1
kind: Pod
metadata: { name: ledger, namespace: shop }
spec:
  ${use}
  containers:
    - name: ledger
      image: registry.example.com/ledger:1
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: clients
  annotations:
    cdk8s-shared-memory/client-policy: '{"apiVersion":"cdk8s-shared-memory/v1","grants":[]}'
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{ apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
  validations: [{ expression: variables.hostNamespaces.size() == 0 }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: clients }
spec:
  policyName: clients
  validationActions: [Deny]
  matchResources:
    namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: shop } }
`;

const FIX =
  'change the pod as the message says; only if the workload is to have it, add the contract and the namespace to the grants of the ClientPolicy';

export const SHM319: Rule = {
  id: 'SHM319',
  title: 'a pod that the ClientPolicy of its namespace refuses or reports',
  severity: 'error',
  why: 'If a binding of the policy has validationActions with Deny, the API server creates no such pod: a Deployment shows 0 ready replicas, and its ReplicaSet has the event FailedCreate. With Warn or Audit alone, it creates the pod, which then has what the policy is there to refuse. The warning goes to the client that creates the pod: for a Deployment, that is a controller.',
  fix: FIX,
  fact: 'A ClientPolicy refuses namespaces and directories of the node that none of its grants has, other types of hostPath than Directory, writable mounts of what is granted for reading, another fsGroup than that of the memory with a claim that is granted for writing, containers that write into shared memory as root, as its owner, or with a way to their capabilities, memory-medium emptyDirs without a size or with a container without a limit, and what Pod Security "baseline" refuses; seen on Kubernetes 1.33 and 1.37. Its lists say which claims are granted and who owns the memory: they are only judged if its expressions are those of this library. The claims that generic ephemeral volumes make, and the probes of other hosts, are not judged.',
  link: 'https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/',
  wrong: set('hostPID: true # SHM319 error'),
  right: set('hostPID: false'),
  check: forEachPod((markedPod, found, marked) => {
    const { manifest } = markedPod.pod;
    const policies = guardrailsOf(marked.set).flatMap(each => {
      const effect = isClientPolicy(each) ? effectIn(each, manifest.namespace) : undefined;
      return effect === undefined ? [] : [{ each, effect }];
    });
    if (policies.length === 0) {
      return;
    }
    const level = enforcedLevel(marked.set.namespaceNamed(manifest.namespace));
    const isEnforced = level === 'baseline' || level === 'restricted'; // SHM309 reports its part
    for (const { each, effect } of policies) {
      const { grants = [] } = each;
      const own = grants.filter(({ namespace }) => namespace === manifest.namespace);
      for (const { path, what } of [
        ...refusedPrivileges(markedPod, own, isEnforced),
        ...refusedMounts(markedPod, own),
        ...refusedMemory(markedPod),
        ...refusedClientUses(each, markedPod.pod).map(use => ({
          path: use.path,
          what: useWords(use),
        })),
      ]) {
        found({ manifest, path, ...effect, message: `${effect.message}: ${what}` });
      }
    }
  }),
};

/** Says what a ClientPolicy refuses of claims, groups and users. */
function useWords(use: RefusedUse): string {
  switch (use.kind) {
    case 'claimWritable':
      return `the grant of claim ${use.claim} is for reading, and container ${use.container} mounts it without readOnly: true`;
    case 'claimPropagates':
      return `the grant of claim ${use.claim} is for reading, which excludes mountPropagation`;
    case 'group':
      return `the kubelet would give the memory behind claim ${use.claim} to fsGroup ${use.fsGroup}; it belongs to group ${use.groupId}`;
    case 'user':
      return use.value === undefined
        ? `container ${use.container} writes into shared memory as the user of its image, which can be root or the user that owns the memory`
        : `container ${use.container} writes into shared memory as user ${textOf(use.value)}, who is root or owns the memory`;
    case 'capabilities':
      return `container ${use.container} writes into shared memory and can get ${TAKING.join(', ')}`;
  }
}

/** Checks whether a policy is a ClientPolicy whose grants say what it refuses. */
function isClientPolicy({ grants, isUnconditional, limits }: Guardrail): boolean {
  return grants !== undefined && isUnconditional && limits === 'pods';
}

/** What a ClientPolicy does with a pod that it does not let pass. */
type Effect = Pick<RuleMatch, 'message' | 'severity' | 'fix'>;

/**
 * Returns what a ClientPolicy does with pods of a namespace that it does not let pass. Absent if
 * none of its bindings is certainly for all of them. If one denies, it does not matter that others
 * only report.
 */
function effectIn({ policy, bindings }: Guardrail, namespace?: string): Effect | undefined {
  const own = bindingsFor(bindings, namespace).filter(({ isWhole }) => isWhole);
  if (own.some(isDenying)) {
    return { message: `ClientPolicy ${policy.name} refuses the pod` };
  }
  const reporting = own.filter(({ actions }) => REPORTS.some(each => actions.includes(each)));
  if (reporting.length === 0) {
    return undefined;
  }
  const does = REPORTS.filter(each => reporting.some(({ actions }) => actions.includes(each)));
  const [which, s] = reporting.length === 1 ? ['binding', 's'] : ['bindings', ''];
  return {
    message: `ClientPolicy ${policy.name} would refuse the pod, but its ${which} ${listWords(reporting.map(({ manifest }) => manifest.name))} only ${listWords(does.map(each => `${each.toLowerCase()}${s}`))}`,
    severity: 'warning',
    fix: `${FIX}; then write validationActions: [Deny, Audit] in the binding (PolicyAction.DENY)`,
  };
}

/** What a binding does with a request that it does not deny. */
const REPORTS = ['Warn', 'Audit'];

/** What a ClientPolicy refuses of a pod, and the JSON pointer of the field. */
interface Refused {
  readonly path: string;
  readonly what: string;
}

function refusedPrivileges(
  markedPod: MarkedPod,
  own: readonly PolicyGrant[],
  isEnforced: boolean,
): Refused[] {
  return hostPrivileges(markedPod.pod).flatMap(privilege => {
    const what = refused(privilege, markedPod, own, isEnforced);
    return what === undefined ? [] : [{ path: privilege.pointer, what }];
  });
}

/** Returns what a ClientPolicy with these grants says of a privilege. Absent if it lets it pass. */
function refused(
  privilege: HostPrivilege,
  { pod, hostPaths }: MarkedPod,
  own: readonly PolicyGrant[],
  isEnforced: boolean,
): string | undefined {
  const to = `namespace ${pod.manifest.namespace}`;
  switch (privilege.kind) {
    case 'hostNamespace':
      return own.some(({ use }) => use === privilege.field)
        ? undefined
        : `no grant gives ${to} ${privilege.field}`;
    case 'hostPath': {
      if (accessTo(privilege.path, own) === undefined) {
        return `no grant gives ${to} ${privilege.path} of the node`;
      }
      const type = hostPaths.find(({ volume }) => privilege.pointer.startsWith(`${volume.path}/`));
      return type?.type === 'Directory'
        ? undefined
        : `${privilege.path} of the node needs type: Directory`;
    }
    case 'privileged':
      return 'no grant gives a privileged container';
    case 'capability':
      return privilege.isDefault ? undefined : `no grant gives capability ${privilege.name}`;
    case 'rootUser':
    case 'bidirectionalMount':
      return undefined; // the former depends on the owner of the memory, the latter is privileged
    case 'hostPort':
      return pod.is('hostNetwork') || isEnforced ? undefined : BASELINE;
    default:
      return isEnforced ? undefined : BASELINE;
  }
}

const BASELINE = 'it is more than Pod Security "baseline" allows';

/** Returns the most that the grants allow of a directory of the node. */
function accessTo(path: string, own: readonly PolicyGrant[]): AccessKind | undefined {
  const granted = own.flatMap(grant =>
    grant.use === 'hostPath' && grant.path === path ? [grant.access] : [],
  );
  return granted.includes('readWrite') ? 'readWrite' : granted.at(0);
}

/** Returns the mounts through which a pod can do more than read what it may only read. */
function refusedMounts({ pod, hostPaths }: MarkedPod, own: readonly PolicyGrant[]): Refused[] {
  return hostPaths
    .filter(({ path }) => accessTo(path, own) === 'readOnly')
    .flatMap(({ volume, path }) =>
      pod.mountsOfVolume(volume).flatMap((mount): Refused[] => {
        const { container, json, readOnly } = mount;
        const refusals = [
          ...(readOnly
            ? []
            : [`the grant of ${path} is for reading, and container ${container.name} can write`]),
          ...(['None', undefined, null].includes(json.mountPropagation as string | null)
            ? []
            : [`the grant of ${path} is for reading, which excludes mountPropagation`]),
        ];
        return refusals.map(what => ({ path: mount.path, what }));
      }),
    );
}

/** Returns the memory-medium volumes without a size, and the containers without a limit. */
function refusedMemory({ pod, memoryVolumes }: MarkedPod): Refused[] {
  const unsized = memoryVolumes
    .filter(({ size }) => size === 'absent')
    .map(({ volume }) => ({
      path: `${volume.path}/emptyDir`,
      what: `memory-medium emptyDir ${volume.name} has no sizeLimit`,
    }));
  const isLimited = memoryVolumes.length === 0 || pod.at('resources', 'limits', 'memory');
  const unlimited = isLimited
    ? []
    : pod.containers.filter(each => each.role !== 'ephemeral' && limitOf(pod, each) === 'absent');
  return [
    ...unsized,
    ...unlimited.map(container => ({
      path: pod.pathOf(container),
      what: `container ${container.name} has no memory limit, and the pod has a memory-medium emptyDir`,
    })),
  ];
}
