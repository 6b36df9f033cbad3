import { ApiObject, App, Chart, Size } from 'cdk8s';
import type { Context } from './context';
import type { Seen } from './observation';
import { until, withPatience } from './until';
import {
  Access,
  AgentContract,
  AgentNamespace,
  Backing,
  ClientPolicy,
  ContractGrant,
  NodeContent,
  NodeGuard,
  PodSecurity,
  SharedMemory,
} from '../src';

const IMAGE = 'registry.example.com/replaced-by-the-test:1';
const GUARDS = 'e2e-guard';
const CLIENTS = 'e2e-guard-client';
const HOLD = 'trap exit TERM; while :; do sleep 1; done';
const OWNED = '/run/e2e-guarded';
/** A directory in which everybody can put something else in the place of what is there. */
const OPEN = '/run/e2e-guarded-open';
const CONTRACTS = {
  reads: `${OWNED}/reads`,
  writes: `${OWNED}/writes`,
  link: `${OWNED}/link`,
  open: `${OPEN}/data`,
};
type Name = keyof typeof CONTRACTS;

/**
 * Directories of somebody else with a guard: clients in a "restricted" namespace, without a step
 * that waits, get the directory when its owner has made it, and only if nobody else can replace it.
 */
export async function guarded(context: Context): Promise<Seen[]> {
  await context.makeNamespaces({ [CLIENTS]: 'restricted' });
  for (const name of Object.keys(CONTRACTS)) {
    await context.keepClean(async () => context.removeDirectory(`${GUARDS}.${name}`));
  }
  await context.keepClean(async () => {
    await context.onNodes(
      `! grep -q " /host${OWNED}/old/sub " /proc/mounts || umount /host${OWNED}/old/sub; rm -rf /host${OWNED} /host${OPEN}`,
    );
  });
  const onNode = async (script: string) => context.onNode(`set -e; cd /host/run; ${script}`);
  const run = async (name: Name, script: string) => {
    const pod = await context.runningPod(CLIENTS, name);
    const command = ['sh', '-c', script];
    const { stdout, stderr } = await context.kubectl.exec(
      CLIENTS,
      pod.metadata.name,
      'app',
      command,
    );
    return `${stdout}${stderr}`.trim().replace('\n', ', then ');
  };
  const said = async (name: Name, words: RegExp) =>
    until(`the guard of ${name} says ${words}`, 120, async () => {
      const [pod] = await context.podsOf(GUARDS, `${name}-guard`);
      if (!pod) {
        return undefined;
      }
      const { stdout, stderr } = await context.kubectl.try([
        ...['logs', '-n', GUARDS, pod.metadata.name, '--tail', '5'],
      ]);
      return words.exec(`${stdout}\n${stderr}`)?.[0];
    });
  const waiting = async (name: Name) => {
    const [pod] = await context.podsOf(CLIENTS, name);
    return pod?.status.containerStatuses?.[0]?.state.waiting?.reason;
  };
  const renew = async (name: Name) => {
    const [pod] = await context.podsOf(CLIENTS, name);
    await context.kubectl.run(['delete', 'pod', '-n', CLIENTS, pod.metadata.name, '--now']);
  };

  await context.apply(context.ready(render(), {}));
  const early = `${await said('reads', /waits for .*/)}; the client: ${await until('the client is scheduled', 60, async () => waiting('reads'))}`;
  await onNode(
    [
      `mkdir -p e2e-guarded/new && echo first > e2e-guarded/new/state && mv e2e-guarded/new e2e-guarded/reads`,
      `mkdir e2e-guarded/new && chown 10001:2000 e2e-guarded/new && chmod 2770 e2e-guarded/new && mkdir e2e-guarded/new/sub && mv e2e-guarded/new e2e-guarded/writes`,
      `ln -s /etc e2e-guarded/link`,
      `mkdir -p e2e-guarded-open/data && chmod 1777 e2e-guarded-open`,
    ].join('\n'),
  );
  const first = await run('reads', 'cat /run/shared/state; echo x > /run/shared/state');
  const wrote = await run('writes', 'echo from the client > /run/shared/mine && id -u');
  const onDisk = await onNode('stat -c %u:%g e2e-guarded/writes/mine; cat e2e-guarded/writes/mine');
  const refused = [
    await said('link', /\S+ is refused: .*/),
    await said('open', /\S+ is refused: .*/),
  ];
  const kept = await Promise.all((['link', 'open'] as const).map(waiting));
  const [guard] = await context.podsOf(GUARDS, 'reads-guard');
  await context.kubectl.run(['delete', 'pod', '-n', GUARDS, guard.metadata.name, '--now']);
  const next = (await context.runningPod(GUARDS, 'reads-guard')).metadata.name;
  await context.kubectl.run([
    ...[
      'wait',
      '-n',
      GUARDS,
      'pod',
      next,
      '--for=condition=Ready',
      `--timeout=${withPatience(60)}s`,
    ],
  ]);
  const { stdout: log } = await context.kubectl.try(['logs', '-n', GUARDS, next]);
  const beside = await run('reads', 'cat /run/shared/state');

  await onNode(
    'mkdir e2e-guarded/new && echo second > e2e-guarded/new/state && mv e2e-guarded/reads e2e-guarded/gone && mv e2e-guarded/new e2e-guarded/reads',
  );
  const anew = await said('reads', /is another directory than before.*/);
  const old = await run('reads', 'cat /run/shared/state');
  await renew('reads');
  const second = await run('reads', 'cat /run/shared/state');

  await onNode(
    'mount -t tmpfs sub e2e-guarded/writes/sub && mv e2e-guarded/writes e2e-guarded/old && mkdir -m 2770 e2e-guarded/writes && chown 10001:2000 e2e-guarded/writes',
  );
  await said('writes', /is another directory than before.*/);
  const mounts = await onNode(
    'awk \'$2 ~ "e2e-guarded/old/sub$" { n++ } END { print n + 0 }\' /proc/mounts',
  );

  await onNode('mv e2e-guarded/reads e2e-guarded/later && ln -s /etc e2e-guarded/reads');
  const swapped = await said('reads', /\S+ is refused: .*/);
  await renew('reads');
  const after = await until('a new client waits', 60, async () => waiting('reads'));
  return [
    {
      observed: `before the owner has made the directory, the guard ${early}`,
      ok: early.includes('ContainerCreating'),
    },
    {
      observed: `then a client in a "restricted" namespace reads it, and tries to write: ${first}`,
      ok: first.startsWith('first') && first.includes('Read-only file system'),
    },
    {
      observed: `a client that may write does, as user ${wrote}; on the node: ${onDisk.trim().replace('\n', ', ')}`,
      ok: wrote === '20001' && onDisk.trim() === '20001:2000\nfrom the client',
    },
    {
      observed: `a link is not followed: ${refused[0]}; the client: ${kept[0]}`,
      ok: refused[0].includes('symbolic link') && kept[0] === 'ContainerCreating',
    },
    {
      observed: `nor is a directory bound that others can replace: ${refused[1]}; the client: ${kept[1]}`,
      ok: refused[1].includes('others than root can write') && kept[1] === 'ContainerCreating',
    },
    {
      observed: `a new pod of the guard leaves what is bound as it is (${log.trim() || 'it says nothing'}), and the client reads on: ${beside}`,
      ok: next !== guard.metadata.name && log.trim() === '' && beside === 'first',
    },
    {
      observed: `the owner makes the directory anew: ${anew}; the client that runs reads ${old}, the next one ${second}`,
      ok: old === 'first' && second === 'second',
    },
    {
      observed: `what the owner has mounted in the directory before stays mounted: ${mounts.trim()}`,
      ok: mounts.trim() === '1',
    },
    {
      observed: `somebody puts a link in its place: ${swapped}; the next client: ${after}`,
      ok: swapped.includes('symbolic link') && after === 'ContainerCreating',
    },
  ];
}

function contract(name: Name): AgentContract {
  return new AgentContract({
    name,
    namespace: GUARDS,
    version: 'v1',
    ownerId: 10001,
    groupId: 2000,
    clients: name === 'writes' ? Access.READ_WRITE : Access.READ_ONLY,
    memory: [
      SharedMemory.files({
        name: 'data',
        size: Size.mebibytes(1),
        mountPath: '/run/shared',
        backing: Backing.existing(CONTRACTS[name], {
          contains: NodeContent.FILES,
          guardImage: IMAGE,
        }),
      }),
    ],
    servedBy: 'e2e',
  });
}

function render(): string {
  const app = new App();
  const guards = new Chart(app, 'guards');
  new AgentNamespace(guards, 'namespace', { name: GUARDS });
  const clients = new Chart(app, 'clients', { namespace: CLIENTS });
  const contracts = (Object.keys(CONTRACTS) as Name[]).map(contract);
  new ClientPolicy(guards, 'policy', {
    name: 'e2e-guard',
    grants: contracts.map(each => ({ namespace: CLIENTS, contract: each })),
    persistentVolumes: true,
  });
  for (const each of contracts) {
    new NodeGuard(guards, each.name, { contract: each });
    new ContractGrant(clients, `grant-${each.name}`, { contract: each, namespace: CLIENTS });
    const workload = new ApiObject(clients, each.name, client(each.name));
    each.attachTo(workload, {
      access: each.name === 'writes' ? Access.READ_WRITE : Access.READ_ONLY,
    });
    PodSecurity.restricted().attachTo(workload);
  }
  return app.synthYaml();
}

function client(name: string) {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: { runAsUser: 20001, runAsGroup: 20001, runAsNonRoot: true },
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'app',
              image: IMAGE,
              command: ['sh', '-c', HOLD],
              resources: { limits: { memory: '64Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  };
}
