import { Size } from 'cdk8s';
import {
  Access,
  Backing,
  ClientPolicy,
  ClientUser,
  ClientVolume,
  SharedMemory,
  type AgentContractProps,
  type ClientPolicyGrant,
} from '../../../src';
import { specOf } from '../../../src/constructs/contract/agent-contract';
import { podSecurityViolations } from '../../../src/kube/pod-security';
import { refusedWriters } from '../../../src/model/policy/refused-writers';
import { refusals, type Request } from '../../kubernetes/cel';
import { chart, contract, rendered, type Rendered } from '../../yaml';

const writable = (props: Partial<AgentContractProps> = {}) =>
  contract({
    memory: [
      SharedMemory.files({
        name: 'table',
        size: Size.mebibytes(1),
        mountPath: '/run/table',
        backing: Backing.directory(),
      }),
    ],
    clients: Access.READ_WRITE,
    ...props,
  });

function policyOf(grants: ClientPolicyGrant[]): Rendered {
  const c = chart('test', 'elsewhere');
  new ClientPolicy(c, 'policy', { grants });
  return rendered(c, 'ValidatingAdmissionPolicy')[0];
}
const POLICY = policyOf([{ namespace: 'shop', contract: writable() }]);
const told = (pod: object, policy = POLICY, request: Request = { namespace: 'shop' }) =>
  refusals(policy, pod, request);

const OWNER = 10001; // the ownerId of the contract
const SAFE = { runAsUser: 20001, allowPrivilegeEscalation: false };
const claim = (claimName: string) => ({ name: 'v', persistentVolumeClaim: { claimName } });

/** A pod that mounts a volume and is fine in everything else. */
function podWith(
  context: object | undefined,
  { volume = claim('routes-table-v1-rw'), mount = {}, podContext = {}, kind = 'containers' } = {},
) {
  const container = {
    name: 'app',
    image: 'app:1',
    volumeMounts: [{ name: 'v', mountPath: '/run/table', ...mount }],
    ...(context && { securityContext: context }),
  };
  return {
    metadata: { name: 'web' },
    spec: {
      securityContext: podContext,
      volumes: [volume],
      containers: [{ name: 'other', image: 'other:1' }],
      [kind]: [container],
    },
  };
}

const ROOT =
  'a container that writes into shared memory must not run as root or as the user that owns the memory, who can lock out everybody else; set runAsUser to another user, or runAsNonRoot: true, in containers: app';
const TAKES =
  'a container that writes into shared memory must not get the capabilities CHOWN, DAC_OVERRIDE, FOWNER, SETUID, with which it can lock out everybody else; set allowPrivilegeEscalation: false or drop: [ALL], and add none of them, in containers: app';

describe('a container that writes', () => {
  test.each<[string, object | undefined, object, string[]]>([
    ['no security context at all', undefined, {}, [ROOT, TAKES]],
    ['root', { ...SAFE, runAsUser: 0 }, {}, [ROOT]],
    ['root, whatever the pod says', { ...SAFE, runAsUser: 0 }, { runAsUser: 20001 }, [ROOT]],
    ['root, by the pod', { allowPrivilegeEscalation: false }, { runAsUser: 0 }, [ROOT]],
    ['the user of the agent', { ...SAFE, runAsUser: OWNER }, {}, [ROOT]],
    ['the user of the image', { allowPrivilegeEscalation: false }, {}, [ROOT]],
    [
      'the user of the image, not root',
      { ...SAFE, runAsUser: undefined, runAsNonRoot: true },
      {},
      [],
    ],
    ['not root, by the pod', { allowPrivilegeEscalation: false }, { runAsNonRoot: true }, []],
    [
      'runAsNonRoot of the container before that of the pod',
      { allowPrivilegeEscalation: false, runAsNonRoot: false },
      { runAsNonRoot: true },
      [ROOT],
    ],
    ['another user', SAFE, {}, []],
    ['another user, by the pod', { allowPrivilegeEscalation: false }, { runAsUser: 20001 }, []],
    ['a way to escalate', { runAsUser: 20001 }, {}, [TAKES]],
    ['everything dropped', { runAsUser: 20001, capabilities: { drop: ['ALL'] } }, {}, []],
    [
      'the four dropped',
      {
        runAsUser: 20001,
        capabilities: { drop: ['FOWNER', 'CHOWN', 'SETUID', 'DAC_OVERRIDE'] },
      },
      {},
      [],
    ],
    [
      'three of them dropped',
      { runAsUser: 20001, capabilities: { drop: ['FOWNER', 'CHOWN', 'DAC_OVERRIDE'] } },
      {},
      [TAKES],
    ],
    [
      'dropped and added again',
      { ...SAFE, capabilities: { drop: ['ALL'], add: ['CHOWN'] } },
      {},
      [TAKES],
    ],
    ['another one added', { ...SAFE, capabilities: { add: ['KILL'] } }, {}, []],
  ])('%s', (_, context, podContext, messages) => {
    const given = JSON.parse(JSON.stringify(podWith(context, { podContext })));
    expect(told(given)).toEqual(messages);
    // what synth says before the policy does, where it knows both
    const judged = refusedWriters(specOf(writable(), ''), given.spec);
    expect(judged.map(({ because }) => (because === 'user' ? ROOT : TAKES))).toEqual(messages);
  });

  test.each(['containers', 'initContainers', 'ephemeralContainers'])('among the %s', kind => {
    expect(told(podWith(undefined, { kind }))).toEqual([ROOT, TAKES]);
    expect(told(podWith(undefined, { kind, mount: { readOnly: true } }))).toEqual([]);
    expect(told(podWith(undefined, { kind, volume: claim('own-data') }))).toEqual([]);
  });

  test('through a hostPath, and into /dev/shm, which belongs to root', () => {
    const path = '/run/cdk8s-shared-memory/node-agents.routes/v1/table';
    const hostPath = (of: string) =>
      ({ name: 'v', hostPath: { path: of, type: 'Directory' } }) as never;
    const policy = policyOf([
      { namespace: 'shop', contract: writable({ clientVolume: ClientVolume.hostPath() }) },
      {
        namespace: 'shop',
        contract: contract({
          name: 'bus',
          clients: Access.READ_WRITE,
          memory: [SharedMemory.posix({ size: Size.mebibytes(1), backing: Backing.devShm() })],
        }),
      },
    ]);
    expect(told(podWith(undefined, { volume: hostPath(path) }), policy)).toEqual([ROOT, TAKES]);
    const owner = { ...SAFE, runAsUser: OWNER };
    expect(told(podWith(owner, { volume: hostPath(path) }), policy)).toEqual([ROOT]);
    expect(told(podWith(owner, { volume: hostPath('/dev/shm') }), policy)).toEqual([]);
    const root = { ...SAFE, runAsUser: 0 };
    expect(told(podWith(root, { volume: hostPath('/dev/shm') }), policy)).toEqual([ROOT]);
  });

  test('as the owner, if the contract says so: nothing is left to protect', () => {
    const policy = policyOf([
      { namespace: 'shop', contract: writable({ clientUser: ClientUser.owner() }) },
    ]);
    expect(told(podWith({ runAsUser: OWNER }), policy)).toEqual([]);
  });

  test('may be anybody in a namespace that only reads', () => {
    const policy = policyOf([
      { namespace: 'shop', contract: writable(), access: Access.READ_ONLY },
      { namespace: 'pay', contract: writable() },
    ]);
    const reader = podWith(undefined, {
      volume: claim('routes-table-v1-ro'),
      mount: { readOnly: true },
    });
    expect(told(reader, policy)).toEqual([]);
    expect(told(podWith(undefined), policy, { namespace: 'pay' })).toEqual([ROOT, TAKES]);
  });
});

describe('a generic ephemeral volume', () => {
  const ephemeral = (metadata: object, name: string) => ({
    metadata,
    spec: { containers: [], volumes: [{ name, ephemeral: { volumeClaimTemplate: {} } }] },
  });
  test.each<[string, object, string, boolean]>([
    ['the claim of a reader', { name: 'routes-table' }, 'v1-ro', true],
    ['the claim of a writer', { name: 'routes' }, 'table-v1-rw', true],
    ['a claim that begins alike', { name: 'routes-table' }, 'v1-rox', false],
    ['a claim that ends alike', { name: 'x-routes-table' }, 'v1-ro', false],
    ['a generated name that can become it', { generateName: 'rou' }, 'v1-rw', true],
    ['a generated name that cannot', { generateName: 'web-' }, 'v1-rw', false],
    ['the name wins', { name: 'web', generateName: 'rou' }, 'v1-rw', false],
  ])('%s', (_, metadata, name, refused) => {
    expect(told(ephemeral(metadata, name))).toEqual(
      refused
        ? [
            `a generic ephemeral volume makes a claim with the name of the pod and of the volume, which can be the name of a claim that a contract grants; give another name to volumes: ${name}`,
          ]
        : [],
    );
  });
});

describe('the rest of Pod Security "baseline"', () => {
  const one = (container: object, spec: object = {}, metadata: object = {}) => ({
    metadata: { name: 'web', ...metadata },
    spec: { containers: [{ name: 'app', ...container }, { name: 'other' }], ...spec },
  });
  const context = (securityContext: object) => one({ securityContext });
  const probe = (handler: object) => one({ readinessProbe: handler });
  const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/app';
  const CONTEXT =
    'refuses hostProcess, an Unconfined seccomp or AppArmor profile, and SELinux users, roles and other types than those of containers, in the securityContext of';
  const HOSTS = 'refuses probes and lifecycle hooks that name a host, in containers: app';

  test.each<[string, object, string]>([
    [
      'hostPort',
      one({ ports: [{ containerPort: 80 }, { hostPort: 80 }] }),
      'refuses hostPort, in containers: app',
    ],
    [
      'procMount',
      context({ procMount: 'Unmasked' }),
      'refuses another procMount than Default, in containers: app',
    ],
    ['seccomp', context({ seccompProfile: { type: 'Unconfined' } }), `${CONTEXT}: app`],
    ['AppArmor', context({ appArmorProfile: { type: 'Unconfined' } }), `${CONTEXT}: app`],
    ['hostProcess', context({ windowsOptions: { hostProcess: true } }), `${CONTEXT}: app`],
    ['an SELinux type', context({ seLinuxOptions: { type: 'spc_t' } }), `${CONTEXT}: app`],
    ['an SELinux user', context({ seLinuxOptions: { user: 'system_u' } }), `${CONTEXT}: app`],
    ['an SELinux role', context({ seLinuxOptions: { role: 'system_r' } }), `${CONTEXT}: app`],
    [
      'the same at the pod',
      one(
        { securityContext: { seccompProfile: { type: 'Unconfined' } } },
        { securityContext: { seLinuxOptions: { type: 'spc_t' } } },
      ),
      `${CONTEXT}: the pod, app`,
    ],
    [
      'a sysctl',
      one(
        {},
        {
          securityContext: {
            sysctls: [{ name: 'kernel.shm_rmid_forced' }, { name: 'kernel.shmmax' }],
          },
        },
      ),
      'refuses sysctls: kernel.shmmax',
    ],
    [
      'an AppArmor annotation',
      one({}, {}, { annotations: { [APPARMOR]: 'unconfined' } }),
      `refuses the AppArmor profile of annotations: ${APPARMOR}`,
    ],
    ['the host of a probe', probe({ httpGet: { host: '169.254.169.254' } }), HOSTS],
    ['the same by tcp', probe({ tcpSocket: { host: '10.0.0.1' } }), HOSTS],
    [
      'the host of a hook',
      one({ lifecycle: { preStop: { httpGet: { host: '10.0.0.1' } } } }),
      HOSTS,
    ],
  ])('%s', (_, given, message) => {
    expect(told(given)).toEqual([`Pod Security "baseline" ${message}`]);
    expect(
      podSecurityViolations(
        'baseline',
        (given as Rendered).spec,
        (given as Rendered).metadata.annotations,
      ),
    ).not.toEqual([]);
    const labels = (level: string) => ({ 'pod-security.kubernetes.io/enforce': level });
    const enforced = (level: string) =>
      told(given, POLICY, { namespace: 'shop', namespaceLabels: labels(level) });
    expect(enforced('baseline')).toEqual([]);
    expect(enforced('restricted')).toEqual([]);
    expect(enforced('privileged')).toHaveLength(1);
  });

  test.each<[string, object]>([
    ['nothing', one({})],
    ['Default', context({ procMount: 'Default' })],
    ['RuntimeDefault', context({ seccompProfile: { type: 'RuntimeDefault' } })],
    ['container_t with a level', context({ seLinuxOptions: { type: 'container_t', level: 's0' } })],
    ['a probe of the pod itself', probe({ httpGet: { port: 80 } })],
    [
      'a localhost profile',
      one({}, {}, { annotations: { [APPARMOR]: 'localhost/x', a: 'unconfined' } }),
    ],
  ])('%s is allowed', (_, given) => {
    expect(told(given)).toEqual([]);
    expect(
      podSecurityViolations(
        'baseline',
        (given as Rendered).spec,
        (given as Rendered).metadata.annotations,
      ),
    ).toEqual([]);
  });

  test('with hostNetwork that was granted, the API server sets a hostPort for each port', () => {
    const policy = policyOf([{ namespace: 'shop', contract: writable({ hostNetwork: true }) }]);
    expect(told(one({ ports: [{ hostPort: 80 }] }, { hostNetwork: true }), policy)).toEqual([]);
  });
});
