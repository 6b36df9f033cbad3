import { REMOVE_STARTUP_TAINT } from './startup-taint-script';
import type { Json, JsonObject } from '../../kube/json';
import { formatBytes } from '../../kube/quantity';
import { APP_NAME } from '../../kube/well-known';
import type { Edit, Operation } from '../../wire/edit';
import { NOBODY, UNPRIVILEGED } from '../agent/script-step';
import {
  annotationIn,
  API_VERSION_SCHEMA,
  encodeAnnotation,
  PREFIX,
  type AnnotationKind,
} from '../annotation-codec';
import { AGENT_LABEL } from '../rollout/wave';

/** The taint that new nodes have until their agents are ready. */
export interface StartupTaintSpec {
  readonly key: string;
  readonly value: string;
  readonly effect: 'NoSchedule';
}

/**
 * A contract that a new node waits for: the label of the nodes that serve it, and the names of its
 * agents. The node waits until one of these agents is ready on it.
 */
export interface AwaitedContract {
  readonly name: string;
  readonly label: { readonly key: string; readonly value: string };
  readonly agents: readonly string[];
}

/** The Deployment that removes the startup taint from nodes. */
export interface StartupTaintRemover {
  readonly name: string;
  readonly namespace: string;
  readonly taint: StartupTaintSpec;
  readonly contracts: readonly AwaitedContract[];
  readonly image: string;
  /** Time between two checks of the nodes, in seconds. */
  readonly interval: number;
  readonly priorityClassName?: string;
  /** Memory limit of the container, in bytes. */
  readonly memoryLimit: number;
}

/**
 * The cluster autoscaler treats every taint with this prefix as a startup taint, without any flag.
 */
export const AUTOSCALER_PREFIX = 'startup-taint.cluster-autoscaler.kubernetes.io/';

/** The annotation of an agent that new nodes wait for. */
export const STARTUP_TAINT_ANNOTATION: AnnotationKind = {
  key: `${PREFIX}startup-taint`,
  schema: {
    description:
      'The annotation cdk8s-shared-memory/startup-taint of an agent for which new nodes wait.',
    type: 'object',
    required: ['apiVersion', 'key', 'value', 'effect'],
    properties: {
      apiVersion: API_VERSION_SCHEMA,
      key: { type: 'string' },
      value: { type: 'string' },
      effect: { const: 'NoSchedule' },
    },
    additionalProperties: false,
  },
};

/**
 * Returns the edit for an agent that new nodes wait for. The agent gets a toleration, because it
 * must start on a node that still has the taint, and a label by which the remover finds its pods.
 */
export function startupTaintEdit(
  owner: string,
  taint: StartupTaintSpec,
  agent: string,
  template: string,
): Edit {
  return {
    owner,
    key: 'startup taint', // sorts after the contract's edit, to keep earlier fields in place
    template,
    operations: [
      {
        do: 'include',
        in: 'pod',
        path: ['tolerations'],
        item: { effect: taint.effect, key: taint.key, operator: 'Exists' },
        reason: `${owner}: a new node has this taint until the agent is ready on it; clients must not tolerate it`,
      },
      {
        do: 'set',
        in: 'template',
        path: ['metadata', 'labels', AGENT_LABEL],
        value: agent,
        reason: `${owner}: the label by which the pods of this agent are found`,
      },
      {
        do: 'annotate',
        annotation: STARTUP_TAINT_ANNOTATION.key,
        value: encodeAnnotation({ ...taint }),
        reason: `${owner}: the taint that new nodes must come with`,
      },
    ],
  };
}

/**
 * Reads the startup taint of an agent from its annotations. Absent if no node waits for this agent.
 */
export function readStartupTaint(annotations: unknown): StartupTaintSpec | undefined {
  return annotationIn(annotations, STARTUP_TAINT_ANNOTATION);
}

/** Returns the spec of the Deployment that removes the taint. */
export function removerSpec(remover: StartupTaintRemover): JsonObject {
  const labels = removerLabels(remover);
  return {
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels: { ...labels } },
      spec: {
        automountServiceAccountToken: true,
        containers: [container(remover)],
        ...(remover.priorityClassName === undefined
          ? {}
          : { priorityClassName: remover.priorityClassName }),
        securityContext: {
          runAsGroup: NOBODY,
          runAsNonRoot: true,
          runAsUser: NOBODY,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        serviceAccountName: remover.name,
        terminationGracePeriodSeconds: 5,
        tolerations: [{ effect: remover.taint.effect, key: remover.taint.key, operator: 'Exists' }],
        volumes: [{ emptyDir: { sizeLimit: '64Mi' }, name: 'tmp' }],
      },
    },
  };
}

function removerLabels({ name }: StartupTaintRemover): Record<string, string> {
  return { [APP_NAME]: name };
}

function container({
  contracts,
  image,
  interval,
  memoryLimit,
  namespace,
  taint,
}: StartupTaintRemover): JsonObject {
  const agents = contracts.map(
    ({ name, label, agents: names }) => `${name}|${label.key}=${label.value}|${names.join(',')}`,
  );
  const env = {
    AGENTS: agents.join(' '),
    GOGC: '25',
    HOME: '/tmp',
    INTERVAL: String(interval),
    KEY: taint.key,
    NAMESPACE: namespace,
  };
  return {
    command: ['sh', '-euc', REMOVE_STARTUP_TAINT],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    image,
    name: 'remover',
    readinessProbe: { exec: { command: ['sh', '-c', '[ -e /tmp/answered ]'] }, periodSeconds: 10 },
    resources: {
      limits: { memory: formatBytes(memoryLimit) },
      requests: { cpu: '10m', memory: '64Mi' },
    },
    securityContext: { ...UNPRIVILEGED, readOnlyRootFilesystem: true },
    volumeMounts: [{ mountPath: '/tmp', name: 'tmp' }],
  };
}

/** Returns the edit that adds reasons to the fields of the remover's Deployment. */
export function removerEdit(owner: string, { interval, taint }: StartupTaintRemover): Edit {
  const pod = (path: string[], value: Json, reason: string): Operation => ({
    do: 'set',
    in: 'pod',
    path,
    value,
    reason: `${owner}: ${reason}`,
  });
  return {
    owner,
    key: owner,
    template: '/spec/template',
    operations: [
      {
        do: 'explain',
        reason: `${owner}: removes ${taint.key} from each node on which its agents are ready, and checks every ${interval} s; two replicas at once do no harm`,
      },
      pod(
        ['automountServiceAccountToken'],
        true,
        'calls the API server, and may do what its Role and its ClusterRole allow',
      ),
      pod(
        ['tolerations'],
        [{ effect: taint.effect, key: taint.key, operator: 'Exists' }],
        'if all nodes are new, it must be able to start on one of them',
      ),
      pod(
        ['volumes'],
        [{ emptyDir: { sizeLimit: '64Mi' }, name: 'tmp' }],
        'here kubectl caches what it has learnt about the API, so that it need not ask each time',
      ),
      {
        do: 'set',
        in: { containers: ['remover'] },
        path: ['readinessProbe'],
        value: { exec: { command: ['sh', '-c', '[ -e /tmp/answered ]'] }, periodSeconds: 10 },
        reason: `${owner}: ready while the API server answers; there is no liveness probe, because every request ends after 30 s`,
      },
    ],
  };
}

/**
 * Returns the RBAC rules for the service account of the remover. RBAC can only allow changes to a
 * node as a whole, so {@link removerPolicySpec} restricts them further.
 */
export function removerRules(): {
  readonly role: JsonObject[];
  readonly clusterRole: JsonObject[];
} {
  return {
    role: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
    // `kubectl patch` first gets the object
    clusterRole: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'patch'] }],
  };
}

const same = (field: string) => `object.${field} == oldObject.${field}`;

/**
 * Returns the spec of a ValidatingAdmissionPolicy that lets the service account remove this taint
 * from a node and denies every other change to the node.
 */
export function removerPolicySpec({ name, namespace, taint }: StartupTaintRemover): JsonObject {
  const taints = (of: string) => `${of}.spec.?taints.orValue([])`;
  const SPEC = ['unschedulable', 'podCIDR', 'podCIDRs', 'providerID', 'externalID'];
  const METADATA = ['labels', 'annotations', 'finalizers', 'ownerReferences'];
  return {
    failurePolicy: 'Fail',
    matchConditions: [
      {
        name: 'of-the-startup-taint',
        expression: `request.userInfo.username == 'system:serviceaccount:${namespace}:${name}'`,
      },
    ],
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          resources: ['nodes', 'nodes/*'],
          scope: 'Cluster',
        },
      ],
    },
    validations: [
      {
        expression: "request.operation == 'UPDATE' && request.?subResource.orValue('') == ''",
        message: 'this service account may update nodes, and may do nothing else to them',
        reason: 'Forbidden',
      },
      {
        expression: [
          "request.operation != 'UPDATE'",
          same('spec.?taints'),
          `${taints('object')} == ${taints('oldObject')}.filter(t, !(t.key == '${taint.key}' && t.effect == '${taint.effect}'))`,
        ].join('\n|| '),
        message: `this service account may remove ${taint.key}:${taint.effect} from a node, and may change no other taint`,
        reason: 'Forbidden',
      },
      {
        expression: [
          "request.operation != 'UPDATE'",
          `(${[...SPEC.map(field => same(`spec.?${field}`)), ...METADATA.map(field => same(`metadata.?${field}`))].join('\n&& ')})`,
        ].join('\n|| '),
        message: 'this service account may change nothing of a node but its taints',
        reason: 'Forbidden',
      },
    ],
  };
}
