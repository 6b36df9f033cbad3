import { Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { parseAllDocuments } from 'yaml';
import { page, ROUTES, section, SHOP } from './review-examples';
import { Backing, NodeAgent, SharedMemory, SidecarAgent } from '../../../src';
import { AGENT, chart, contract, TOOLS, type Rendered } from '../../yaml';

const [WEB] = parseAllDocuments(SHOP).map(document => document.toJS() as Rendered);
const [CLAIM, HOST_PATH] = ['by claim', 'by hostPath'];
const shared = (...files: string[]) =>
  section(page(ROUTES, ...files), 'How memory is shared, and why not with fewer privileges');
const rows = (...files: string[]) =>
  shared(...files)
    .split('\n')
    .filter(line => line.startsWith('| `routes/table`'))
    .map(line => line.split(' | ').slice(0, 2));

/** The client, with the directory of the node instead of its claim. */
function byHand(name: string): string {
  const copy = structuredClone(WEB);
  copy.metadata.name = name;
  copy.spec.template.spec.volumes = [
    {
      name: 'routes-table',
      hostPath: { path: '/run/cdk8s-shared-memory/node-agents.routes/v1/table' },
    },
  ];
  return JSON.stringify(copy);
}

test('each technique is for the clients that use it', () => {
  expect(rows(SHOP, byHand('by-hand'), byHand('another'))).toEqual([
    [
      '| `routes/table` for Deployment shop/shop-web',
      `SharedMemory.posix(), Backing.directory(), ${CLAIM}`,
    ],
    [
      '| `routes/table` for Deployment shop/another, Deployment shop/by-hand',
      `SharedMemory.posix(), Backing.directory(), ${HOST_PATH}`,
    ],
  ]);
});

test('if all clients use the same, they are not named', () => {
  const by = (volume: string) => [
    ['| `routes/table`', `SharedMemory.posix(), Backing.directory(), ${volume}`],
  ];
  expect(rows(SHOP)).toEqual(by(CLAIM));
  expect(rows(byHand('by-hand'))).toEqual(by(HOST_PATH));
  expect(rows()).toEqual(by(CLAIM));
});

test('fails to say that the contract asks for hostPath, which no mark says', () => {
  expect(shared(SHOP, byHand('by-hand'))).toContain('The clients use hostPath; a claim');
  expect(shared(SHOP, byHand('by-hand'))).not.toContain('because the contract says so');
});

test('the tmpfs of a socket is not as large as the memory', () => {
  const places = (memory: SharedMemory) => {
    const c = chart();
    new NodeAgent(c, 'agent', {
      contract: contract({ memory: [memory], seLinux: true }),
      toolImage: TOOLS,
      containers: [AGENT],
    });
    const text = page(
      (Testing.synth(c) as object[]).map(each => JSON.stringify(each)).join('\n---\n'),
    );
    return section(text, 'What is shared with whom');
  };
  const size = Size.mebibytes(64);
  expect(places(SharedMemory.descriptors({ size, mountPath: '/run/m' }))).toContain(
    "a small tmpfs for the socket: the memory itself is in the agent's descriptors",
  );
  expect(
    places(SharedMemory.files({ size, mountPath: '/run/m', backing: Backing.tmpfs() })),
  ).toContain('`, a tmpfs of that size');
});

test.each([
  [
    SharedMemory.systemV({ size: Size.mebibytes(64) }),
    'SidecarAgent: native sidecar and System V memory',
    'A read-only client may be able to write. The writer may be able to exceed the size of the memory. The data or the clients may end with the pod of the agent',
  ],
  [
    SharedMemory.posix({ size: Size.mebibytes(64) }),
    'SidecarAgent: native sidecar and memory-medium emptyDir',
    'A read-only client may be able to write. The data or the clients may end with the pod of the agent',
  ],
])('a sidecar is not said to share more, nor less, than its API does', (memory, by, lacks) => {
  const c = chart();
  const web = new kplus.Deployment(c, 'web', { containers: [{ ...AGENT, name: 'web' }] });
  const containers = [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }];
  new SidecarAgent({ contract: contract({ memory: [memory] }), containers }).attachTo(web);
  const text = page(
    (Testing.synth(c) as object[]).map(each => JSON.stringify(each)).join('\n---\n'),
  );
  const words = section(text, 'How memory is shared, and why not with fewer privileges');
  expect(words).toContain(`| ${by} | ${lacks} |`);
});
