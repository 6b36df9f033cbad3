import Ajv from 'ajv';
import { Size } from 'cdk8s';
import { both, huge, LEAF, MARK, SMALL, table } from './huge-contract';
import {
  Access,
  AgentContract,
  Backing,
  ClientVolume,
  HugePages,
  NodeAgent,
  NodeCleanup,
  NodePreflight,
  SharedMemory,
  type AgentContractProps,
} from '../../src';
import { CONTRACT_SCHEMA, CONTRACT_SCHEMA_2 } from '../../src/model/contract/contract-schema';
import { messageOf } from '../bad-input/message';
import { page, section } from '../report/review/review-examples';
import { findingsOf, foundIn } from '../rules/findings';
import { AGENT, chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

describe('errors', () => {
  test.each<[string, Partial<AgentContractProps>, RegExp]>([
    [
      'a size that is no whole number of pages',
      { memory: [table(Size.mebibytes(5))] },
      /SHM003 .*size of memory table: given "5Mi"; allowed a multiple of 2Mi, .*fix: write 4Mi or 6Mi/,
    ],
    [
      'a size below one page',
      { memory: [table(Size.mebibytes(64), HugePages.SIZE_1GI)] },
      /SHM003 .*fix: write 1Gi$/,
    ],
    [
      'another size of pages',
      { memory: [table(Size.mebibytes(64), '4Mi' as never)] },
      /SHM007 .*hugePages of memory table: given "4Mi"; allowed HugePages\.SIZE_2MI or HugePages\.SIZE_1GI/,
    ],
    [
      'a backing',
      {
        memory: [
          SharedMemory.files({
            name: 'table',
            size: Size.mebibytes(64),
            mountPath: '/run/routes',
            hugePages: HugePages.SIZE_2MI,
            backing: Backing.tmpfs(),
          }),
        ],
      },
      /SHM007 .*backing of memory table: given "tmpfs"; allowed nothing for memory in huge pages/,
    ],
  ])('fails with %s', (_, props, message) => {
    expect(messageOf(() => huge(props))).toMatch(message);
  });

  test.each(['posix', 'systemV', 'descriptors'])('fails with %s in the JSON', api => {
    const json = JSON.parse(huge().toJson());
    const mountPath = { posix: '/dev/shm', systemV: undefined }[api] ?? '/run/routes';
    const memory = [{ ...json.memory[0], api, ...(api === 'systemV' ? {} : { mountPath }) }];
    expect(messageOf(() => AgentContract.fromJson(JSON.stringify({ ...json, memory })))).toMatch(
      new RegExp(`SHM007 .*hugePages of memory table: .*and not for ${api}`),
    );
  });

  test('fails as an option of memory that has no files', () => {
    expect(
      messageOf(() =>
        SharedMemory.posix({ size: Size.mebibytes(2), hugePages: HugePages.SIZE_2MI } as never),
      ),
    ).toContain('hugePages');
  });
});

describe('what is read back', () => {
  test('the contract is of the second version, and the schemas agree', () => {
    const json = JSON.parse(huge().toJson());
    const [first, second] = [CONTRACT_SCHEMA, CONTRACT_SCHEMA_2].map(schema =>
      new Ajv({ strict: false }).compile(schema),
    );
    expect([json.apiVersion, json.memory[0].hugePages, first(json), second(json)]).toEqual([
      'cdk8s-shared-memory/v2',
      '2Mi',
      false,
      true,
    ]);
    for (const wrong of [{ hugePages: '4Mi' }, { backing: 'tmpfs' }, { api: 'posix' }]) {
      expect(second({ ...json, memory: [{ ...json.memory[0], ...wrong }] })).toBe(false);
    }
    expect(AgentContract.fromJson(huge().toJson()).toJson()).toBe(huge().toJson());
  });

  test('both marks say it, and lint finds nothing', () => {
    const { agent, client, text } = both(huge());
    for (const { metadata } of [agent, client]) {
      expect(JSON.parse(metadata.annotations[MARK])).toMatchObject({
        apiVersion: 'cdk8s-shared-memory/v2',
        memory: [{ hugePages: '2Mi', backing: 'hugetlbfs', size: '64Mi' }],
      });
    }
    expect(findingsOf(text)).toEqual([]);
  });

  test('lint finds the same by hostPath as with a tmpfs', () => {
    const rules = (memory: SharedMemory) => {
      const of = contract({ memory: [memory], clientVolume: ClientVolume.hostPath() });
      return foundIn(both(of).text).map(({ rule }) => rule.id);
    };
    const tmpfs = SharedMemory.files({
      name: 'table',
      size: Size.mebibytes(32),
      mountPath: '/run/routes',
      backing: Backing.tmpfs(),
    });
    expect(rules(table())).toEqual(rules(tmpfs));
  });

  test('lint says who gets SIGBUS: a payer without the limit; a client that writes, as a note', () => {
    const { text } = both(huge({ clients: Access.READ_WRITE }), { access: Access.READ_WRITE });
    expect(foundIn(text).map(({ rule, severity }) => [rule.id, severity])).toEqual([
      ['SHM206', 'note'],
    ]);
    const without = text.replace('"hugepages-2Mi":"64Mi"', '"hugepages-2Mi":"32Mi"');
    expect(foundIn(without)).toMatchObject([
      {
        rule: { id: 'SHM205' },
        severity: 'error',
        message: expect.stringMatching(
          /touches 64Mi of contract routes first, in huge pages, but its limit of hugepages-2Mi is 32Mi/,
        ),
      },
      { rule: { id: 'SHM206' } },
    ]);
  });

  test('REVIEW.md says who pays, what the nodes need, and why a step is privileged', () => {
    const text = page(both(huge()).text);
    expect(section(text, 'Memory: who pays')).toContain(
      '| DaemonSet node-agents/routes, `agent` | `routes/table` | 64Mi in huge pages of 2Mi | 64Mi of `hugepages-2Mi` | 0 |',
    );
    expect(section(text, 'What the nodes and the cluster must have')).toContain(
      '| `vm.nr_hugepages` of at least 32, set before the kubelet starts |',
    );
    expect(text).toContain('an init step mounts the huge pages (hugetlbfs)');
    expect(text).toContain(`${LEAF.replace('/shared', '')}\`, a hugetlbfs of that size`);
  });
});

test.each<[string, AgentContract, string, string[]]>([
  [
    'ordinary pages',
    contract({
      memory: [
        SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' }),
      ],
    }),
    'memory table backing',
    ['agent', 'grants', 'clients'],
  ],
  [
    'pages of another size',
    huge({ memory: [table(Size.gibibytes(1), HugePages.SIZE_1GI)] }),
    'memory table hugePages',
    ['agent', 'grants', 'clients'],
  ],
  ['another size', huge({ memory: [table(Size.mebibytes(66))] }), 'memory table size', ['agent']],
])('a change to %s breaks', (_, after, field, follow) => {
  const { changes } = after.compatibleWith(huge());
  expect(changes[0]).toMatchObject({ field, breaks: true, mustFollow: follow });
  expect(changes[0].why).toContain('give the contract a new version');
});

describe('node tasks', () => {
  const task = (make: (c: ReturnType<typeof chart>, agent: NodeAgent) => void) => {
    const c = chart('test', 'node-agents');
    make(
      c,
      new NodeAgent(c, 'agent', {
        contract: huge(),
        toolImage: TOOLS,
        containers: [{ ...AGENT, resources: SMALL }],
      }),
    );
    return rendered(c, 'DaemonSet').find(({ metadata }) => metadata.name !== 'routes').spec.template
      .spec;
  };
  const envOf = ({ env }: Rendered) =>
    Object.fromEntries(env.map(({ name, value }: Rendered) => [name, value]));

  test('the preflight looks at the pool, and not at the free memory', () => {
    const pod = task(
      (c, agent) => new NodePreflight(c, 'fit', { agents: [agent], toolImage: TOOLS }),
    );
    expect(envOf(pod.initContainers[0])).toMatchObject({
      BUDGET: '0',
      RUN: '0',
      HUGE_PAGES: '2Mi 2048 32',
      MEMORIES: 'node-agents.routes/v1/table.hugepages-2Mi hugetlbfs 65536',
    });
    expect(pod.initContainers.map(({ name }: Rendered) => name)).toEqual([
      'preflight',
      'propagation',
    ]);
  });

  test('the cleanup sees who has a hugetlbfs, and unmounts it', () => {
    const pod = task(c => new NodeCleanup(c, 'clean', { contract: huge(), toolImage: TOOLS }));
    expect(pod.initContainers.map(({ name }: Rendered) => name)).toEqual([
      'check',
      'unmount',
      'remove',
    ]);
    expect(pod.initContainers[0].command[2]).toContain('(tmpfs|hugetlbfs)');
  });
});
