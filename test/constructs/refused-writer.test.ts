import { ApiObject, type Chart, Size, Testing } from 'cdk8s';
import {
  Access,
  type AgentContract,
  type AgentContractProps,
  Backing,
  ClientPolicy,
  ClientUser,
  ClientVolume,
  PolicyAction,
  SharedMemory,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { chart, contract } from '../yaml';

const ring = (props: Partial<AgentContractProps> = {}) =>
  contract({
    clients: Access.READ_WRITE,
    memory: [SharedMemory.files({ name: 'ring', size: Size.mebibytes(1), mountPath: '/run/ring' })],
    ...props,
  });
const SAFE = { allowPrivilegeEscalation: false, runAsUser: 10001 };

function client(c: Chart, of: AgentContract, securityContext: object | undefined, options = {}) {
  const api = new ApiObject(c, 'api', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'api' },
    spec: { containers: [{ name: 'api', image: 'i', securityContext }] },
  });
  of.attachTo(api, { access: Access.READ_WRITE, ...options });
}

/** What is said of a client in a namespace with a policy that is made after it. */
function said(
  context: object | undefined,
  { of = ring(), action = PolicyAction.DENY, namespace = 'shop', options = {} } = {},
): string {
  const c = chart('test', namespace);
  client(c, of, context, options);
  new ClientPolicy(c, 'policy', { action, grants: [{ contract: of, namespace: 'shop' }] });
  return messageOf(() => Testing.synth(c)).replace(/^.*\n/, '');
}

test('fails with a client that writes as the owner, where the policy of the app refuses it', () => {
  expect(said(SAFE)).toMatch(
    /^ {2}SHM010 \[test\/api\] spec\.containers\[0\]\.securityContext\.runAsUser: given 10001; allowed a user other than root and 10001, who owns the memory: the ClientPolicy of namespace shop refuses the pod, because container api writes the memory of contract routes, and could lock out everybody else as that user; fix: write another runAsUser, .+ ClientUser\.owner\(\) \(contract routes at test\/constructs\/refused-writer\.test\.ts:\d+\)$/,
  );
});

test.each<[string, object | undefined, string[]]>([
  ['root', { ...SAFE, runAsUser: 0 }, ['runAsUser: given 0']],
  ['the user of its image', { allowPrivilegeEscalation: false }, ['runAsUser: given nothing']],
  [
    'a way to capabilities',
    { runAsUser: 20001 },
    ['allowPrivilegeEscalation: given nothing; allowed no way to'],
  ],
  [
    'a capability that takes the directory',
    { ...SAFE, runAsUser: 20001, capabilities: { add: ['CHOWN'] } },
    ['capabilities.add: given ["CHOWN"]'],
  ],
])('fails with a client that writes with %s', (_, context, parts) => {
  for (const part of parts) {
    expect(said(context)).toContain(`spec.containers[0].securityContext.${part}`);
  }
});

test.each<[string, AgentContract]>([
  ['by hostPath', ring({ clientVolume: ClientVolume.hostPath() })],
  [
    'in a directory',
    ring({
      memory: [
        SharedMemory.files({
          backing: Backing.directory(),
          mountPath: '/run/ring',
          name: 'ring',
          size: Size.mebibytes(1),
        }),
      ],
    }),
  ],
])('fails with a client that writes %s as the owner', (_, of) => {
  expect(said(SAFE, { of })).toContain('runAsUser: given 10001');
});

test.each<[string, () => string]>([
  ['as another user', () => said({ ...SAFE, runAsUser: 20001 })],
  ['under a policy that warns', () => said(SAFE, { action: PolicyAction.WARN })],
  ['in a namespace that has no policy', () => said(SAFE, { namespace: 'bank' })],
  ['and reads', () => said(SAFE, { options: { access: Access.READ_ONLY } })],
  [
    'of a contract whose clients are the owner',
    () => said(SAFE, { of: ring({ clientUser: ClientUser.owner() }) }),
  ],
  [
    'in the /dev/shm of the node, which root owns',
    () =>
      said(SAFE, {
        of: ring({
          clientUser: undefined,
          memory: [
            SharedMemory.posix({
              backing: Backing.devShm(),
              name: 'ring',
              size: Size.mebibytes(1),
            }),
          ],
        }),
      }),
  ],
])('nothing is said of a client %s', (_, say) => {
  expect(say()).toBe('nothing was thrown');
});

test('what is attached twice is said once', () => {
  const c = chart('test', 'shop');
  const of = ring();
  client(c, of, SAFE);
  of.attachTo(c.node.findChild('api'), { access: Access.READ_WRITE });
  new ClientPolicy(c, 'policy', { grants: [{ contract: of, namespace: 'shop' }] });
  expect(messageOf(() => Testing.synth(c)).match(/SHM010/g)).toHaveLength(1);
});
