import { Size, Testing } from 'cdk8s';
import { diffOf, mark, workload } from './sets';
import { Backing, NodeAgent, SharedMemory } from '../../src';
import { text } from '../../src/report/diff/diff-text';
import { AGENT, chart, contract, TOOLS } from '../yaml';

/** An agent with one memory in a directory, and one on a tmpfs. */
function agent(): string {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: contract({
      memory: [
        SharedMemory.files({ name: 'table', size: Size.mebibytes(1), mountPath: '/run/routes' }),
        SharedMemory.files({
          ...{ name: 'ring', size: Size.mebibytes(1), mountPath: '/run/ring' },
          backing: Backing.tmpfs(),
        }),
      ],
    }),
    toolImage: TOOLS,
    containers: [AGENT],
  });
  return Testing.synth(c)
    .map((each: object) => JSON.stringify(each))
    .join('\n---\n');
}

const AS_IT_IS = agent();

/** The agent with another text in a step. */
function withStep(name: string, from: string, to: string): string {
  return AS_IT_IS.split('\n---\n')
    .map(object =>
      JSON.stringify(JSON.parse(object), (_, value) => {
        if (value?.name !== name || value.command === undefined) {
          return value;
        }
        const json = JSON.stringify(value);
        expect(json).toContain(from);
        return JSON.parse(json.replace(from, () => to));
      }),
    )
    .join('\n---\n');
}

/** What `diff` lists as gained and lost privileges. */
function told(before: string, after: string): string[] {
  const [, privileges = ''] =
    /\nPrivileges\n((?: .*\n)*)/.exec(text(diffOf(before, after), words => words)) ?? [];
  return (privileges.match(/.+/g) ?? []).map(line =>
    line.replace(/^ {2}([+-]) \w+ [^,:]+(?:, container |: )/, '$1 '),
  );
}

const IN_DIRECTORY = 'hostPath /run/cdk8s-shared-memory/node-agents.routes';
const MOUNT = ['user root', 'privileged', 'mountPropagation Bidirectional at /node'].map(
  what => `+ mount-routes: ${what}; no reason given any more`,
);
const PREPARE = ['user root', 'capability CHOWN'].map(
  what => `+ prepare-routes: ${what}; no reason given any more`,
);
const DIRECTORY = (step: string, more = '') =>
  `+ ${step}: ${IN_DIRECTORY}${more}; no reason given any more`;

describe('a privilege of both sides that has lost its reason is gained', () => {
  test.each<[string, string, string[]]>([
    [
      'the script of the privileged step',
      withStep('mount-routes', '# privileged', 'wget x | sh; # privileged'),
      [...MOUNT, DIRECTORY('mount-routes')],
    ],
    [
      'the script of the step that makes directories',
      withStep('prepare-routes', 'sh","-euc","', 'sh","-euc","wget x | sh; '),
      [...PREPARE, DIRECTORY('prepare-routes')],
    ],
    [
      'the script of a step that has nothing but the directory',
      withStep('measure-routes', 'sh","-euc","', 'sh","-euc","wget x | sh; '),
      [DIRECTORY('measure-routes', '/v1/table, read-only')],
    ],
    [
      'what a step mounts, against the mark',
      withStep('mount-routes', 'ring:2750:1024', 'ring:2777:1024'),
      MOUNT,
    ],
    [
      'to whom a step gives the directories, against the mark',
      withStep('prepare-routes', '10001:2000', '10001:0'),
      PREPARE,
    ],
    [
      'a variable that brings other programs',
      withStep('mount-routes', '"env":[', '"env":[{"name":"PATH","value":"/node"},'),
      [...MOUNT, DIRECTORY('mount-routes')],
    ],
  ])('%s', (_, altered, gained) => {
    expect(told(AS_IT_IS, altered)).toEqual(gained);
    const { privileges } = diffOf(AS_IT_IS, altered);
    expect(privileges.lost).toEqual([]);
    expect(privileges.gained.map(({ lostReason }) => lostReason)).toEqual(gained.map(() => true));
    // as it was again, and as bad as it was
    expect(diffOf(altered, AS_IT_IS).privileges).toEqual({ gained: [], lost: [] });
    expect(diffOf(altered, altered).privileges).toEqual({ gained: [], lost: [] });
  });

  test('what it still may do says no contract any more, but the acknowledgement', () => {
    const acknowledge = (objects: string) =>
      objects.replace(
        '"annotations":{',
        '"annotations":{"cdk8s-shared-memory/acknowledge.SHM320":"the vendor needs it",',
      );
    const altered = withStep('prepare-routes', '10001:2000', '10001:0');
    expect(told(acknowledge(AS_IT_IS), acknowledge(altered))).toEqual([
      '+ prepare-routes: user root; no contract gives a reason any more; acknowledged (SHM320 for all of the object): the vendor needs it',
      '+ prepare-routes: capability CHOWN; no contract gives a reason any more; acknowledged (SHM320 for all of the object): the vendor needs it',
    ]);
    expect(diffOf(acknowledge(altered), altered).privileges).toEqual({ gained: [], lost: [] });
  });
});

describe('marks that say less', () => {
  const path = '/run/cdk8s-shared-memory/agents.routes/v1/table';
  const client = (annotations: string, readOnly = true, version = 'v1') =>
    workload('Deployment', {
      annotations,
      container: `volumeMounts: [{ name: v, mountPath: /run/routes, readOnly: ${readOnly} }]`,
      pod: `volumes: [{ name: v, hostPath: { path: ${path.replace('v1', version)} } }]`,
    });
  const named = mark('client');

  test.each<[string, string, string, string[]]>([
    [
      'no contract at all',
      client(named),
      client('a: b'),
      [`+ hostPath ${path}, read-only; no reason given any more`],
    ],
    [
      'another container',
      client(named),
      client(named.replace('["web"]', '["log"]')),
      [`+ web: hostPath ${path}, read-only; no reason given any more`],
    ],
    [
      'another container, in another version',
      client(named),
      client(named.replace('["web"]', '["log"]'), true, 'v2'),
      [`+ web: hostPath ${path.replace('v1', 'v2')}, read-only; no reason given any more`],
    ],
    [
      'another container, which may write more: told once',
      client(named),
      client(named.replace('["web"]', '["log"]'), false),
      [
        `+ hostPath ${path}, was read-only; contract routes: its memory, which the agent makes`,
        `+ web: hostPath ${path}, was read-only; no reason given`,
      ],
    ],
    ['nothing that it said before', client('a: b'), client('a: c'), []],
    ['the same in another version', client(named), client(named, true, 'v2'), []],
  ])('%s', (_, before, after, gained) => {
    expect(told(before, after)).toEqual(gained);
  });

  test('an agent that needs no network of the node any more, of whose client nobody else says so', () => {
    const both = (agents: object) =>
      workload('Deployment', {
        ...{ annotations: mark('client', {}, { hostNetwork: true }), pod: 'hostNetwork: true' },
      }) +
      workload('DaemonSet', {
        ...{ name: 'agent', namespace: 'agents', annotations: mark('agent', {}, agents) },
      });
    expect(told(both({ hostNetwork: true }), both({}))).toEqual([
      '+ hostNetwork; no reason given any more',
    ]);
  });
});
