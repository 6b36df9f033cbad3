import { Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { attachMessageOf, EARLIER_LINE, files, messageOf } from './message';
import {
  Access,
  AgentNodes,
  Backing,
  ClientVolume,
  ContractGrant,
  NodeAgent,
  PodSharedMemory,
  SharedMemory,
  SidecarAgent,
} from '../../src';
import { foundIn } from '../rules/findings';
import { AGENT, chart, contract, deployment, TOOLS } from '../yaml';

describe('contract against contract', () => {
  const posix = (name: string) =>
    contract({ name, memory: [SharedMemory.posix({ size: Size.mebibytes(1) })] });

  test('fails with a second contract at /dev/shm', () => {
    const d = deployment(chart());
    posix('routes').attachTo(d);
    expect(attachMessageOf(() => posix('flags').attachTo(d))).toBe(
      'SHM011 [test/api] mountPath: given /dev/shm of contract flags, but contract routes already mounts its memory there, or above or below it; ' +
        'allowed memories of a container at different paths, none of which lies below another; ' +
        'fix: attach them to different containers, or ask the owner of one of them for SharedMemory.files() with its own path; for shm_open in both, ask both for Backing.devShm()',
    );
  });

  test('fails with a contract below the path of another', () => {
    const d = deployment(chart());
    contract().attachTo(d);
    expect(
      attachMessageOf(() =>
        contract({ name: 'flags', memory: [files('/run/routes/flags')] }).attachTo(d),
      ),
    ).toContain(
      'SHM011 [test/api] mountPath: given /run/routes/flags of contract flags, but contract routes already mounts its memory there, or above or below it;',
    );
  });

  test("two contracts in the node's /dev/shm live together, with one access", () => {
    const memory = [SharedMemory.posix({ size: Size.mebibytes(1), backing: Backing.devShm() })];
    const devShm = (name: string, clients?: Access) => contract({ name, clients, memory });
    const c = chart();
    const d = deployment(c);
    devShm('routes').attachTo(d);
    devShm('flags', Access.READ_WRITE).attachTo(d);
    expect(Testing.synth(c)[0].spec.template.spec.containers[0].volumeMounts).toEqual([
      { mountPath: '/dev/shm', name: 'node-dev-shm', readOnly: true },
    ]);
    const other = deployment(chart());
    devShm('routes').attachTo(other);
    expect(
      attachMessageOf(() =>
        devShm('flags', Access.READ_WRITE).attachTo(other, { access: Access.READ_WRITE }),
      ),
    ).toContain('SHM011 [test/api] mountPath: given /dev/shm of contract flags');
  });

  test('fails with PodSharedMemory beside a contract at /dev/shm', () => {
    const d = deployment(chart());
    posix('routes').attachTo(d);
    expect(
      attachMessageOf(() => new PodSharedMemory({ size: Size.mebibytes(64) }).attachTo(d)),
    ).toContain(
      'SHM011 [test/api] mountPath: given /dev/shm of PodSharedMemory, but contract routes',
    );
  });

  test('fails with a contract of the same name from another namespace', () => {
    const d = deployment(chart());
    contract().attachTo(d);
    expect(
      attachMessageOf(() =>
        contract({ namespace: 'other', memory: [files('/run/other')] }).attachTo(d),
      ),
    ).toContain(
      'SHM010 [test/api] cdk8s-shared-memory/contract.routes: given contract routes on a workload that has contract routes; allowed one contract of each name on one workload;',
    );
  });

  test('fails with other nodes', () => {
    const d = deployment(chart());
    contract().attachTo(d);
    expect(
      attachMessageOf(() =>
        contract({
          name: 'flags',
          memory: [files('/run/flags')],
          nodes: AgentNodes.labeled('example.com/routes-agent', 'no'),
        }).attachTo(d),
      ),
    ).toContain(
      'SHM010 [test/api] nodeSelector.example.com/routes-agent: given "no", which contract flags needs; allowed "yes", which contract routes needs;',
    );
  });

  test('fails with two versions of one contract, and says where the first is attached', () => {
    const d = deployment(chart());
    contract().attachTo(d);
    contract({ version: 'v2' }).attachTo(d);
    const [message] = d.node.findAll().flatMap(each => each.node.validate());
    expect(message).toMatch(EARLIER_LINE);
    expect(message.replace(EARLIER_LINE, '')).toMatch(
      /^SHM010 version: given "v2" of contract routes, on a workload that has its version "v1"; allowed one version of a contract on one workload; fix: attach one of them; if they are different contracts, ask the owner of one of them for another name \(contract routes at test\/\S+:\d+\)$/,
    );
  });
});

describe('access and grants', () => {
  test('fails with more access than the contract allows', () => {
    expect(
      attachMessageOf(() =>
        contract().attachTo(deployment(chart()), { access: Access.READ_WRITE }),
      ),
    ).toBe(
      'SHM012 [test/api] access: given Access.READ_WRITE; allowed Access.READ_ONLY, the most that contract routes allows any client; fix: leave it out, and read; to write, ask the owner of the contract for clients: Access.READ_WRITE. The owner must render the agent and the grants again, and send the new contract file; a change in a copy of it changes nothing on the node',
    );
  });

  test('fails with a grant of more access than the contract allows', () => {
    expect(
      messageOf(
        () =>
          new ContractGrant(chart(), 'grant', {
            contract: contract(),
            namespace: 'shop',
            access: Access.READ_WRITE,
          }),
      ),
    ).toContain('SHM012 [test/grant] access:');
  });

  test('fails with a grant for a namespace that Kubernetes refuses', () => {
    expect(
      messageOf(
        () => new ContractGrant(chart(), 'grant', { contract: contract(), namespace: 'Shop' }),
      ),
    ).toContain('SHM001 [test/grant] namespace: given "Shop"; allowed lowercase letters');
  });

  test.each([
    ['whose clients use hostPath', { clientVolume: ClientVolume.hostPath() }],
    [
      'which has no directory to claim',
      { memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] },
    ],
  ])('fails with a grant of a contract %s', (why, props) => {
    expect(
      messageOf(
        () => new ContractGrant(chart(), 'grant', { contract: contract(props), namespace: 'shop' }),
      ),
    ).toContain(
      `SHM007 [test/grant] contract: given contract routes, ${why}; allowed a contract with a directory on the node (Backing.directory() or .tmpfs(), SharedMemory.descriptors()) and ClientVolume.persistentVolumeClaim();`,
    );
  });

  test('fails with two grants of one claim', () => {
    const c = chart();
    new ContractGrant(c, 'one', {
      contract: contract({ name: 'a-b', memory: [files('/run/routes', 'c')] }),
      namespace: 'shop',
    });
    expect(
      messageOf(
        () =>
          new ContractGrant(c, 'two', {
            contract: contract({ name: 'a', memory: [files('/run/routes', 'b-c')] }),
            namespace: 'shop',
          }),
      ),
    ).toContain(
      'SHM011 [test/two] claim: given shop/a-b-c-v1-ro, which test/one already makes; allowed one grant of a contract and namespace;',
    );
  });
});

describe('memory limits', () => {
  const limited = (limit: Size | undefined) => ({
    ...AGENT,
    resources: limit && { memory: { limit } },
  });

  test('fails with an agent without a memory limit', () => {
    expect(
      messageOf(
        () =>
          new NodeAgent(chart(), 'agent', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [limited(undefined)],
          }),
      ),
    ).toBe(
      'SHM013 [test/agent] containers[0].resources.memory.limit: given no memory limit for container agent; allowed a memory limit on every container of an agent; ' +
        'fix: write resources: { memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) } } with the numbers of your agent',
    );
  });

  test('fails with an agent whose limit cannot hold what it pays for, with the number to write', () => {
    const c = chart();
    new NodeAgent(c, 'agent', {
      contract: contract(),
      toolImage: TOOLS,
      containers: [limited(Size.mebibytes(287))],
    });
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM013 [test/agent] spec.template.spec.containers[0].resources.limits.memory of container agent: given 287Mi; ' +
        'allowed at least 288Mi: 256Mi that it pays for (contract routes: holds the 256Mi of memory table, which this container touches first and so pays for) and 32Mi for itself; fix: write a memory limit of 288Mi or more',
    );
  });

  test('the number to write is enough', () => {
    const c = chart();
    new NodeAgent(c, 'agent', {
      contract: contract(),
      toolImage: TOOLS,
      containers: [limited(Size.mebibytes(288))],
    });
    expect(Testing.synth(c)).toHaveLength(1);
  });

  test('fails with a bigger /dev/shm that the limit cannot hold', () => {
    const c = chart();
    new PodSharedMemory({ size: Size.gibibytes(2) }).attachTo(deployment(c));
    expect(messageOf(() => Testing.synth(c))).toContain(
      'of container api: given 128Mi; allowed at least 2080Mi: 2Gi that it pays for',
    );
  });

  test('a bigger /dev/shm without a limit is no error, because nothing is proved wrong: a rule finds it', () => {
    const c = chart();
    new PodSharedMemory({ size: Size.mebibytes(64) }).attachTo(
      deployment(c, 'api', { resources: {} }),
    );
    const [object] = Testing.synth(c);
    const ids = foundIn(JSON.stringify(object)).map(({ rule }) => rule.id);
    expect(ids).toEqual(['SHM203', 'SHM204']);
  });

  test('fails with a sidecar whose limit cannot hold what it pays for', () => {
    const c = chart();
    new SidecarAgent({
      contract: contract(),
      containers: [{ ...limited(Size.mebibytes(64)), startup: kplus.Probe.fromCommand(['true']) }],
    }).attachTo(deployment(c));
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM013 [test/api] spec.template.spec.initContainers[0].resources.limits.memory of container agent: given 64Mi; allowed at least 288Mi',
    );
  });

  test('fails with a PodSharedMemory of no size', () => {
    expect(messageOf(() => new PodSharedMemory({ size: Size.mebibytes(0) }))).toBe(
      'SHM003 [PodSharedMemory] size: given 0; allowed a whole number of bytes from 1 to 2^53 - 1; fix: write a size like Size.gibibytes(2)',
    );
  });
});

describe('what JavaScript lets through', () => {
  const untyped = <T>(value: unknown) => value as T;

  test.each([['rw'], ['READ_WRITE'], [true]])(
    'fails with the access %p, which would otherwise be one that writes',
    access => {
      const writable = contract({
        clients: Access.READ_WRITE,
        memory: [
          SharedMemory.files({
            size: Size.mebibytes(1),
            mountPath: '/run/routes',
            backing: Backing.directory(),
          }),
        ],
      });
      const attach = () =>
        writable.attachTo(deployment(chart()), { access: untyped<Access>(access) });
      expect(attachMessageOf(attach)).toMatch(
        /^SHM012 \[test\/api\] access: given .+; allowed Access.READ_ONLY or Access.READ_WRITE; fix: write one of them$/,
      );
    },
  );

  test.each([['api'], [[]], [[7]]])('fails with the containers %p', containers => {
    expect(
      attachMessageOf(() =>
        contract().attachTo(deployment(chart()), { containers: untyped<string[]>(containers) }),
      ),
    ).toContain(
      `SHM009 [test/api] containers: given ${JSON.stringify(containers)}; allowed a list of one or more container names;`,
    );
  });

  test.each([
    [
      'memory',
      { memory: untyped<SharedMemory[]>([undefined]) },
      'SHM007 [contract routes] memory: given nothing; allowed SharedMemory.files(), .posix() or .systemV();',
    ],
    [
      'nodes',
      { nodes: untyped<AgentNodes>('all') },
      'SHM007 [contract routes] nodes: given "all"; allowed AgentNodes.all(), .labeled() or .dedicated();',
    ],
    [
      'clients',
      { clients: untyped<Access>('all') },
      'SHM012 [contract routes] clients: given "all"; allowed Access.READ_ONLY or Access.READ_WRITE; fix: write one of them',
    ],
    [
      'clientVolume',
      { clientVolume: untyped<ClientVolume>('claim') },
      'SHM007 [contract routes] clientVolume: given "claim"; allowed ClientVolume.persistentVolumeClaim() or .hostPath();',
    ],
  ])('fails with another kind of value for %s', (_, props, message) => {
    expect(messageOf(() => contract(props))).toContain(message);
  });
});
