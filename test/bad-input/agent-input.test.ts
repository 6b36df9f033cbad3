import { Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { messageOf } from './message';
import {
  type Accounting,
  AgentNamespace,
  AgentNodes,
  Leftovers,
  NodeAgent,
  type NodeAgentProps,
  SidecarAgent,
} from '../../src';
import { AGENT, chart, contract, deployment, TOOLS } from '../yaml';

describe('agents', () => {
  test('fails without a toolImage where the memory is a directory', () => {
    expect(
      messageOf(
        () => new NodeAgent(chart(), 'agent', { contract: contract(), containers: [AGENT] }),
      ),
    ).toBe(
      "SHM015 [test/agent] toolImage: given nothing; allowed an image with sh, stat, cat, mktemp, ln, rm, mkdir, rmdir, mv, chown, chmod, du and grep; fix: write the busybox of your registry: toolImage: 'registry.example.com/busybox:1.36'",
    );
  });

  test('fails in a chart of another namespace', () => {
    expect(
      messageOf(
        () =>
          new NodeAgent(chart('test', 'shop'), 'agent', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [AGENT],
          }),
      ),
    ).toContain(
      'SHM007 [test/agent] contract.namespace: given "node-agents"; allowed "shop", the namespace of the chart;',
    );
  });

  test('fails with a name or namespace in the metadata', () => {
    expect(
      messageOf(
        () =>
          new NodeAgent(chart(), 'agent', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [AGENT],
            metadata: { name: 'other' },
          }),
      ),
    ).toContain(
      'SHM007 [test/agent] metadata: given {"name":"other"}; allowed labels and annotations;',
    );
  });

  test('fails with a label of the selector in the pod metadata', () => {
    const podMetadata = { labels: { 'cdk8s-shared-memory/wave': 'canary' } };
    expect(
      messageOf(
        () =>
          new NodeAgent(chart(), 'agent', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [AGENT],
            podMetadata,
          }),
      ),
    ).toContain(
      'SHM010 [test/agent] podMetadata.labels: given ["cdk8s-shared-memory/wave"]; allowed labels of your own;',
    );
  });

  test('fails with a DaemonSet name that Kubernetes refuses', () => {
    expect(
      messageOf(
        () =>
          new NodeAgent(chart(), 'agent', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [AGENT],
            name: 'Agent',
          }),
      ),
    ).toContain('SHM001 [test/agent] name: given "Agent";');
  });

  test('fails with a second agent of one name', () => {
    const c = chart();
    const make = (id: string) =>
      new NodeAgent(c, id, { contract: contract(), toolImage: TOOLS, containers: [AGENT] });
    make('one');
    expect(messageOf(() => make('two'))).toContain(
      'SHM011 [test/two] DaemonSet: given node-agents/routes, which test/one already makes; allowed one NodeAgent with this name and namespace;',
    );
  });

  test("fails with a serving container of another user than the contract's", () => {
    const c = chart();
    new NodeAgent(c, 'agent', {
      contract: contract(),
      toolImage: TOOLS,
      containers: [{ ...AGENT, securityContext: { user: 5 } }],
    });
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM010 [test/agent] spec.template.spec.containers[0].securityContext.runAsUser: given 5, written by the workload itself; allowed absent or 10001, for container agent of contract routes: ' +
        "the memory belongs to the contract's ownerId, and another user cannot write it; fix: remove the id, or write 10001; the owner of the contract can change it there",
    );
  });

  test('fails with two agents of a contract that could meet on a node', () => {
    const c = chart();
    const make = (id: string, nodes?: AgentNodes) =>
      new NodeAgent(c, id, {
        contract: contract(),
        toolImage: TOOLS,
        containers: [AGENT],
        name: id,
        nodes,
      });
    make('big', AgentNodes.labeled('example.com/size', 'big'));
    const way =
      'allowed one agent of a contract on each node: several divide its nodes by different values of one label key; fix: write nodes: AgentNodes.labeled("example.com/size", \'...\') for each of them, or remove one; a new version of a contract follows the old one in the same agent';
    expect(messageOf(() => make('rest'))).toBe(
      `SHM007 [test/rest] nodes: given a second agent of contract routes, on all nodes of the contract; test/big serves it on nodes with example.com/size=big; ${way}`,
    );
    expect(
      messageOf(() => make('bigger', AgentNodes.labeled('example.com/size', 'big'))),
    ).toContain(
      'given a second agent of contract routes, on nodes with example.com/size=big; test/big serves',
    );
    expect(messageOf(() => make('gpu', AgentNodes.labeled('example.com/gpu', 'yes')))).toContain(
      'given a second agent of contract routes, on nodes with example.com/gpu=yes; test/big serves',
    );
  });

  test('fails with nodes by the label that all nodes of the contract have', () => {
    const nodes = AgentNodes.labeled('example.com/routes-agent', 'big');
    expect(
      messageOf(
        () =>
          new NodeAgent(chart(), 'agent', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [AGENT],
            nodes,
          }),
      ),
    ).toContain(
      'SHM007 [test/agent] nodes: given example.com/routes-agent=big; allowed a label key other than example.com/routes-agent, which the nodes of contract routes have in common;',
    );
  });

  test.each<[string, Partial<NodeAgentProps>, string]>([
    [
      'the size of an unknown memory',
      { sizes: { ring: Size.mebibytes(1) } },
      'SHM007 [test/agent] sizes: given ["ring"]; allowed names of memories: table;',
    ],
    [
      'a size of nothing',
      { sizes: { table: Size.mebibytes(0) } },
      'SHM003 [contract routes] size of memory table: given 0;',
    ],
    [
      'no selector labels',
      { selectorLabels: {} },
      'SHM002 [test/agent] selectorLabels: given {}; allowed one label or more;',
    ],
    [
      'a selector label that is none',
      { selectorLabels: { 'a b': 'c' } },
      'SHM002 [test/agent] selectorLabels: given {"a b":"c"};',
    ],
    [
      'a selector label that contradicts the pods',
      { selectorLabels: { app: 'x' }, podMetadata: { labels: { app: 'y' } } },
      'SHM010 [test/agent] selectorLabels: given {"app":"x"}; allowed labels that the pods have;',
    ],
    [
      'another accounting',
      { accounting: 'more' as Accounting },
      'SHM007 [test/agent] accounting: given "more"; allowed Accounting.KEEP_LIMITS or Accounting.ADD_TO_LIMITS;',
    ],
    [
      'other leftovers',
      { leftovers: 'sweep' as unknown as Leftovers },
      'SHM007 [test/agent] leftovers: given "sweep"; allowed Leftovers.keep() or Leftovers.sweep();',
    ],
  ])('fails with %s', (_, props, message) => {
    expect(
      messageOf(
        () =>
          new NodeAgent(chart(), 'agent', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [AGENT],
            ...props,
          }),
      ),
    ).toContain(message);
  });

  test.each(['a/b', '..', 'a b', '*', ''])('fails to keep leftovers of the name %j', name => {
    expect(messageOf(() => Leftovers.sweep({ except: [name] }))).toContain(
      `SHM006 [Leftovers.sweep()] except: given ["${name}"]; allowed names of letters, digits, ".", "_" and "-", without a "/";`,
    );
  });

  test("fails with a sidecar of another group than the contract's", () => {
    const c = chart();
    const containers = [
      { ...AGENT, securityContext: { group: 6 }, startup: kplus.Probe.fromCommand(['true']) },
    ];
    new SidecarAgent({ contract: contract(), containers }).attachTo(deployment(c));
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM010 [test/api] spec.template.spec.initContainers[0].securityContext.runAsGroup: given 6',
    );
  });

  test.each(['', ' ', 'busybox\n', 'a b'])('fails with the toolImage %p', toolImage => {
    expect(
      messageOf(
        () =>
          new NodeAgent(chart(), 'agent', { contract: contract(), toolImage, containers: [AGENT] }),
      ),
    ).toContain(`SHM015 [test/agent] toolImage: given ${JSON.stringify(toolImage)};`);
  });

  test('fails with a sidecar without a startup probe', () => {
    expect(
      messageOf(() => new SidecarAgent({ contract: contract(), containers: [AGENT] })),
    ).toContain(
      'SHM020 [SidecarAgent of contract routes] startup of container agent: given no startup probe; allowed a startup probe that passes when the memory is there;',
    );
  });

  test('fails with a namespace of agents that Kubernetes refuses', () => {
    expect(messageOf(() => new AgentNamespace(chart(), 'namespace', { name: 'Agents' }))).toContain(
      'SHM001 [test/namespace] name: given "Agents";',
    );
  });
});
