import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Context } from './context';
import { HOLD, type AdHocPod } from './manifests';
import type { Seen } from './observation';
import {
  AgentContract,
  AgentNamespace,
  ContractGrant,
  NodeAgent,
  PodSecurity,
  SharedMemory,
} from '../src';

const IMAGE = 'registry.example.com/replaced-by-the-test:1';
const AGENTS = 'e2e-root-agent';
const CLIENTS = 'e2e-root-agent-client';
const FOLDER = '/run/routes';
const OBJECT = `file:${FOLDER}/routes`;
const GROUP = 2000;

/**
 * `ownerId: 0`: an agent that must be root says so in its contract. Its client is in a "restricted"
 * namespace, by claim.
 */
export async function rootAgent(context: Context): Promise<Seen[]> {
  await context.makeNamespaces({ [CLIENTS]: 'restricted' });
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.routes`));
  await context.apply(
    context.ready(render(context.nodes.enforceSeLinux), {
      'routes/agent': ['shm-probe', '-m', '0660', 'serve', context.token, OBJECT],
      reader: HOLD,
    }),
  );
  const clientPod = await context.runningPod(CLIENTS, 'reader');
  const client = context.probe(clientPod, 'reader');
  const agent = context.probe(await context.runningPod(AGENTS, 'routes'), 'agent');
  const who = await agent.shell(
    `echo "user $(id -u), group $(id -g), $(sed -n 's/^CapEff:[^0-9a-f]*0*\\([0-9a-f]\\)/capabilities \\1/p' /proc/self/status)"`,
  );
  const directory = await agent.shell(`stat -c '%a of %u:%g' ${FOLDER}`);
  // 0660: the mode lets the group write, so nothing but the mount refuses it
  const made = await client.read(context.token, OBJECT);
  const live = await client.isLive(context.token, OBJECT);
  const creates = await client.result('try-create', `${FOLDER}/clients`);
  const removes = await client.result('remove', OBJECT);
  const writes = await client.result('try-write', OBJECT);

  const { enforceSeLinux: seLinux } = context.nodes; // without readOnly, the runtime would relabel
  const pod = (name: string, change: Partial<AdHocPod>): AdHocPod => ({
    name,
    namespace: CLIENTS,
    node: clientPod.spec.nodeName,
    uid: 20002,
    groups: [GROUP],
    volume: {
      source: {
        persistentVolumeClaim: {
          claimName: 'routes-data-v1-ro',
          ...(seLinux && { readOnly: true }),
        },
      },
      mountPath: FOLDER,
    },
    ...change,
  });
  const rogue = await context.adHoc(pod('rogue', {}));
  const withoutReadOnly = [
    await rogue.result('read', context.token, OBJECT),
    await rogue.result('try-write', OBJECT),
    await rogue.result('try-create', `${FOLDER}/rogue`),
  ];
  const stranger = await context.adHoc(pod('stranger', { groups: [20002] }));
  const outside = await stranger.result('read', context.token, OBJECT);
  const asRoot = await context.kubectl.dryRun(context.adHocManifest(pod('root', { uid: 0 })));
  const [refused] = /runAsUser=0/.exec(asRoot.stderr) ?? ['admitted'];
  return [
    {
      observed: `the agent of a contract with ownerId: 0 runs as it says (${who}), and the directory is ${directory}`,
      ok: who === `user 0, group ${GROUP}, capabilities 0` && directory === `2750 of 0:${GROUP}`,
    },
    {
      observed: `a client in a "restricted" namespace reads by claim what root makes (mode ${made.mode} of ${made.uid}:${made.gid}), ${live ? 'and sees it count' : 'but nothing moves'}`,
      ok: live && made.mode === '0660' && made.uid === '0' && made.gid === String(GROUP),
    },
    {
      observed: `the client creates a file: ${creates}; removes root's: ${removes}; writes it: ${writes}`,
      ok: creates === 'EROFS' && removes === 'EROFS' && writes === 'EROFS',
    },
    {
      observed: `a pod of its namespace with the group and ${seLinux ? 'readOnly at the claim' : 'no readOnly'} reads (${withoutReadOnly[0]}), writes (${withoutReadOnly[1]}), creates (${withoutReadOnly[2]}); one without the group reads: ${outside}`,
      ok: withoutReadOnly.join() === 'ok,EROFS,EROFS' && outside === 'EACCES',
    },
    {
      observed: `a pod of its namespace that would be root like the agent is not admitted: ${refused}`,
      ok: asRoot.code !== 0 && refused === 'runAsUser=0',
    },
  ];
}

function render(seLinux: boolean): string {
  const contract = new AgentContract({
    name: 'routes',
    namespace: AGENTS,
    version: 'v1',
    seLinux,
    ownerId: 0,
    groupId: GROUP,
    memory: [SharedMemory.files({ size: Size.mebibytes(16), mountPath: FOLDER })],
  });
  const app = new App();
  const agents = new Chart(app, 'agents');
  new AgentNamespace(agents, 'namespace', { name: AGENTS });
  new NodeAgent(agents, 'agent', {
    contract,
    toolImage: IMAGE,
    containers: [container('agent')],
  });
  const clients = new Chart(app, 'clients', { namespace: CLIENTS });
  new ContractGrant(clients, 'grant', { contract, namespace: CLIENTS });
  const workload = new kplus.Deployment(clients, 'reader', {
    metadata: { name: 'reader' },
    replicas: 1,
    containers: [{ ...container('reader'), securityContext: { user: 20001, group: 20001 } }],
  });
  contract.attachTo(workload);
  PodSecurity.restricted().attachTo(workload);
  return app.synthYaml();
}

function container(name: string): kplus.ContainerProps {
  const memory = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
  return { name, image: IMAGE, resources: { cpu: { request: kplus.Cpu.millis(10) }, memory } };
}
