import { ApiObject, Size, Testing, type Chart } from 'cdk8s';
import { Access, SharedMemory, type AgentContract } from '../../src';
import { messageOf } from '../bad-input/message';
import { chart, contract, type Rendered } from '../yaml';

const size = Size.mebibytes(64);
const files = SharedMemory.files({ name: 'table', size, mountPath: '/run/routes' });
const systemV = SharedMemory.systemV({ name: 'flags', size });
const descriptors = SharedMemory.descriptors({ name: 'ring', mountPath: '/run/ring', size });
const of = (...memory: SharedMemory[]) =>
  contract({
    memory,
    umask: '007',
    clients: Access.READ_WRITE,
    groupId: memory.every(each => each === systemV) ? undefined : 2000,
  });

/** A pod of one container. */
function pod(c: Chart, memory: string, more: object = {}) {
  return new ApiObject(c, 'pod', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod' },
    spec: {
      containers: [{ name: 'app', image: 'i:1', resources: { limits: { memory } }, ...more }],
    },
  } as never);
}

/** Attaches a container without a command, in front of which nothing can be put. */
function attached(to: AgentContract, access: Access) {
  const c = chart();
  to.attachTo(pod(c, '256Mi'), { access });
  return c;
}

test.each([
  ['only reads files', Access.READ_ONLY, [files]],
  ['only reads one of several', Access.READ_ONLY, [files, descriptors]],
  ['has System V memory', Access.READ_WRITE, [systemV]],
  ['has System V memory and descriptors', Access.READ_WRITE, [systemV, descriptors]],
])('a client that %s creates no files, and needs no command', (_, access, memory) => {
  const [rendered] = Testing.synth(attached(of(...memory), access)) as Rendered[];
  expect(rendered.spec.containers[0].command).toBeUndefined();
});

test.each([
  ['files', [files]],
  ['files and descriptors', [files, descriptors]],
  ['POSIX memory', [SharedMemory.posix({ size })]],
])('fails with a client that writes %s and has no command', (_, memory) => {
  const c = attached(of(...memory), Access.READ_WRITE);
  expect(messageOf(() => Testing.synth(c))).toContain('SHM031 [test/pod]');
});

test('fails with the line of the contract that has the umask, and of no other', () => {
  const c = attached(of(files), Access.READ_WRITE);
  const plain = contract({
    name: 'plain',
    memory: [SharedMemory.files({ name: 'rows', size, mountPath: '/run/rows' })],
  });
  plain.attachTo(c.node.findChild('pod') as ApiObject);
  const raw = messageOf(() => Testing.synth(c));
  expect(raw).toContain('SHM031 [test/pod]');
  expect(raw).toMatch(/ \(contract routes at test\/\S+:\d+\)/);
  expect(raw).not.toContain('contract plain');
});

test('fails with the lines of both contracts that contradict each other, and of no third one', () => {
  const c = chart();
  const object = pod(c, '512Mi', { command: ['app'] });
  for (const [name, umask] of [
    ['one', '007'],
    ['two', '027'],
    ['three', undefined],
  ] as const) {
    contract({
      name,
      umask,
      clients: Access.READ_WRITE,
      memory: [SharedMemory.files({ name: 'rows', size, mountPath: `/run/${name}` })],
    }).attachTo(object, { access: Access.READ_WRITE });
  }
  const message = messageOf(() => Testing.synth(c));
  expect(message).toMatch(/umask 007, written by contract one; allowed umask 027,/);
  expect(message).toMatch(/ \(contract one at test\/\S+:\d+, contract two at test\/\S+:\d+\)/);
  expect(message).not.toContain('contract three');
});
