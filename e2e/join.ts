import { ApiObject, App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Context } from './context';
import type { Seen } from './observation';
import { until } from './until';
import {
  Access,
  AgentContract,
  AgentNamespace,
  Backing,
  ClientUser,
  ContractEnv,
  ContractGrant,
  NodeAgent,
  NodeContent,
  PodSecurity,
  ReadyWhen,
  SharedMemory,
  type AgentContractProps,
} from '../src';

const IMAGE = 'registry.example.com/replaced-by-the-test:1';
const AGENTS = 'e2e-join';
const CLIENTS = 'e2e-join-client';
const HOLD = 'trap exit TERM; while :; do sleep 1; done';
const VENDOR = '/run/e2e-vendor';
const BY_MODE = 'mode -rw-------';

/**
 * Workloads that are there already: a volume that is replaced, variables, a umask, clients as the
 * owner, memory below /dev/shm, code in memory, and a step that waits and tells. "restricted".
 */
export async function joining(context: Context): Promise<Seen[]> {
  await context.makeNamespaces({ [CLIENTS]: 'restricted' });
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.open`));
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.shut`));
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.owned`));
  await context.keepClean(async () => {
    await context.onNodes(`rm -rf /host${VENDOR}`);
  });
  await context.apply(context.ready(render(), {}));
  const run = async (workload: string, script: string) => {
    const pod = await context.runningPod(CLIENTS, workload);
    const result = await context.kubectl.exec(CLIENTS, pod.metadata.name, 'app', [
      'sh',
      '-c',
      script,
    ]);
    return `${result.stdout}${result.stderr}`.trim();
  };
  const replaced = await run('replaced', 'cat $TABLE; stat -c %a:%u:%g /dev/shm/table/mine');
  const both = await run('replaced', 'echo more >> $TABLE && tail -n 1 $TABLE');
  const code = await run('replaced', '/dev/shm/table/echo ran');
  const owned = await run('owned', 'cat $TABLE; id -u');
  const message = await messageOf(context, CLIENTS, 'shut');
  const vendor = await run('vendor', 'cat /run/vendor/state; echo x > /run/vendor/state');
  const [old] = await context.podsOf(AGENTS, 'open');
  await context.apply(context.ready(render({ executable: false }), {}));
  // a rolling update stops at the first node where the agent does not start, which may be another
  await context.kubectl.run([
    'delete',
    'pod',
    '-n',
    AGENTS,
    old.metadata.name,
    '--ignore-not-found',
  ]);
  const refused = await messageOf(context, AGENTS, 'open', 'is mounted');
  const still = await run('replaced', '/dev/shm/table/echo ran');
  return [
    {
      observed: `a client whose emptyDir was replaced, at /dev/shm/table, reads what the agent wrote and has made ${replaced.replace('\n', ', then ')}`,
      ok: replaced === 'data\n660:20001:2000',
    },
    { observed: `it writes the agent's file, of umask 007: ${both}`, ok: both === 'more' },
    {
      observed: `it runs a program from the memory, of Backing.tmpfs({ executable: true }): ${code}`,
      ok: code === 'ran',
    },
    {
      observed: `the contract no longer says executable: the next pod of the agent does not start over the tmpfs ("${refused.trim()}"), and the client that runs still ${still === 'ran' ? 'runs the program' : still}`,
      ok: refused.includes('is mounted exec, not noexec, which cannot change') && still === 'ran',
    },
    {
      observed: `a client as the owner (ClientUser.owner()) reads a file of mode 0600: ${owned.replace('\n', ', as user ')}`,
      ok: owned === 'data\n10001',
    },
    {
      observed: `a client in a "restricted" namespace reads, by claim, a directory that a vendor's agent made with hostPath (Backing.existing()), and tries to write: ${vendor.replace('\n', ', then ')}`,
      ok: vendor.startsWith('made by the vendor') && vendor.includes('Read-only file system'),
    },
    {
      observed: `a client of another user does not start, and its termination message says: ${message.trim()}`,
      ok:
        message.includes(BY_MODE) &&
        message.includes('by user 20001 with groups') &&
        message.includes('the agent must create it for its group'),
    },
  ];
}

/** What an init step of a workload left as its termination message, with a text in it. */
async function messageOf(
  context: Context,
  namespace: string,
  workload: string,
  text = '',
): Promise<string> {
  return until(`the message of ${workload}`, 90, async () => {
    const pods = await context.podsOf(namespace, workload);
    return pods
      .flatMap(({ status }) => status.initContainerStatuses ?? [])
      .map(({ state, lastState }) => (state.terminated ?? lastState?.terminated)?.message)
      .find(message => message?.includes(text));
  });
}

function contract(
  name: string,
  mountPath: string,
  props: Partial<AgentContractProps>,
): AgentContract {
  return new AgentContract({
    name,
    namespace: AGENTS,
    version: 'v1',
    ownerId: 10001,
    groupId: 2000,
    memory: [SharedMemory.files({ name: 'table', size: Size.mebibytes(16), mountPath })],
    readyWhen: ReadyWhen.file('ready', { toolImage: IMAGE }),
    env: { TABLE: ContractEnv.file('ready') },
    ...props,
  });
}

function render({ executable = true } = {}): string {
  const open = contract('open', '/dev/shm/table', {
    clients: Access.READ_WRITE,
    umask: '007',
    memory: [
      SharedMemory.files({
        name: 'table',
        size: Size.mebibytes(16),
        mountPath: '/dev/shm/table',
        backing: Backing.tmpfs({ executable }),
      }),
    ],
  });
  const shut = contract('shut', '/run/shut', {});
  const owned = contract('owned', '/run/owned', { clientUser: ClientUser.owner() });
  const app = new App();
  const agents = new Chart(app, 'agents');
  new AgentNamespace(agents, 'namespace', { name: AGENTS });
  const agent = (of: AgentContract, script: string) =>
    new NodeAgent(agents, of.name, {
      contract: of,
      toolImage: IMAGE,
      containers: [container('agent', `${script}; ${HOLD}`)],
    });
  agent(
    open,
    'rm -f $TABLE /dev/shm/table/*; cp /bin/busybox /dev/shm/table/echo; echo data > /dev/shm/table/new; mv /dev/shm/table/new $TABLE',
  );
  for (const of of [shut, owned]) {
    agent(of, 'rm -f $TABLE; umask 077; echo data > $TABLE');
  }
  const clients = new Chart(app, 'clients', { namespace: CLIENTS });
  for (const of of [open, shut, owned]) {
    new ContractGrant(clients, `grant-${of.name}`, { contract: of, namespace: CLIENTS });
  }
  const replaced = new ApiObject(
    clients,
    'replaced',
    plain('replaced', {
      user: 20001,
      script: `umask 007; echo mine > /dev/shm/table/mine; ${HOLD}`,
      volumeMounts: [{ name: 'scratch', mountPath: '/dev/shm/table' }],
      volumes: [{ name: 'scratch', emptyDir: {} }],
    }),
  );
  open.attachTo(replaced, { replaces: ['scratch'], access: Access.READ_WRITE });
  const other = new ApiObject(clients, 'shut', plain('shut', { user: 20001 }));
  shut.attachTo(other);
  const same = new ApiObject(clients, 'owned', plain('owned', {}));
  owned.attachTo(same);
  const vendor = contract('vendor', '/run/vendor', {
    env: undefined,
    readyWhen: ReadyWhen.file('state', { toolImage: IMAGE }),
    memory: [
      SharedMemory.files({
        name: 'state',
        size: Size.mebibytes(1),
        mountPath: '/run/vendor',
        backing: Backing.existing(VENDOR, { contains: NodeContent.FILES }),
      }),
    ],
  });
  vendor.serveFrom(new ApiObject(agents, 'vendor', vendorAgent()));
  new ContractGrant(clients, 'grant-vendor', { contract: vendor, namespace: CLIENTS });
  const reader = new ApiObject(clients, 'vendor', plain('vendor', { user: 20001 }));
  vendor.attachTo(reader);
  for (const workload of [replaced, other, same, reader]) {
    PodSecurity.restricted().attachTo(workload);
  }
  return app.synthYaml();
}

/** A Deployment as a team has it in YAML. */
function plain(
  name: string,
  of: { user?: number; script?: string; volumeMounts?: object[]; volumes?: object[] },
) {
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
          ...(of.user === undefined
            ? {}
            : { securityContext: { runAsUser: of.user, runAsGroup: of.user } }),
          containers: [
            {
              name: 'app',
              image: IMAGE,
              command: ['sh', '-c', of.script ?? HOLD],
              resources: { limits: { memory: '64Mi' } },
              ...(of.volumeMounts && { volumeMounts: of.volumeMounts }),
            },
          ],
          ...(of.volumes && { volumes: of.volumes }),
        },
      },
    },
  };
}

function container(name: string, script: string): kplus.ContainerProps {
  const memory = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
  return {
    name,
    image: IMAGE,
    command: ['sh', '-c', script],
    resources: { cpu: { request: kplus.Cpu.millis(10) }, memory },
  };
}

/** The DaemonSet of a vendor, which makes a directory on the node by itself. */
function vendorAgent() {
  const { spec, ...rest } = plain('vendor-agent', {
    script: `echo made by the vendor > /run/vendor/new; chgrp 2000 /run/vendor/new; mv /run/vendor/new /run/vendor/state; ${HOLD}`,
    volumeMounts: [{ name: 'run', mountPath: '/run/vendor' }],
    volumes: [{ name: 'run', hostPath: { path: VENDOR, type: 'DirectoryOrCreate' } }],
  });
  spec.template.spec.containers[0] = {
    ...spec.template.spec.containers[0],
    ...{ securityContext: { runAsUser: 0, runAsGroup: 0 } },
  };
  return {
    ...rest,
    kind: 'DaemonSet',
    metadata: { name: 'vendor-agent', namespace: AGENTS },
    spec,
  };
}
