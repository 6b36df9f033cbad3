import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  Backing,
  ClientVolume,
  ContractGrant,
  HugePages,
  NodeAgent,
  PodSecurity,
  PodSharedMemory,
  SharedMemory,
  SidecarAgent,
} from '../src';

/**
 * Rendered YAML of both sides of a technique between pods, and what the test has to know about it.
 */
export interface BetweenPodsScenario {
  readonly technique: string;
  /** What the platform team applies: the agent and its namespace. */
  readonly agent: string;
  readonly agentNamespace: string;
  readonly agentWorkload: string;
  readonly agentContainer: string;
  /** What is applied for the client: its workload and, where there is one, its grant. */
  readonly client: string;
  readonly clientNamespace: string;
  readonly clientWorkload: string;
  readonly clientContainer: string;
  /** The Pod Security level that the namespace of the client enforces. */
  readonly clientLevel: 'privileged' | 'restricted';
  readonly ownerId: number;
  readonly groupId: number;
  /** Bytes of the contract. */
  readonly size: number;
  /** Whether it is in huge pages of 2Mi, which objects then consist of. */
  readonly isHuge: boolean;
  /** What agent and client open: an OBJECT of shm-probe. */
  readonly object: string;
  /** The folder of the memory in the containers; System V memory has none. */
  readonly path?: string;
  /** The contract's folder below /run/cdk8s-shared-memory on the node. */
  readonly directory: string;
  /**
   * What the test leaves in the node's IPC namespace and in its /dev/shm; a second one where it
   * needs a second one.
   */
  readonly nodeObjects: string[];
  /** The init container of the agent that measures what an earlier agent left over. */
  readonly measureContainer?: string;
  /** The granted volume. */
  readonly persistentVolume?: string;
  /** A pod outside the contract, and what it tries to read. */
  readonly stranger: Reach & { readonly words: string; readonly objects: string[] };
  /** How a pod of the client's namespace reaches the memory with YAML of its own. */
  readonly rogue: Reach;
}

interface Reach {
  readonly hostIPC?: boolean;
  readonly volume?: { readonly source: object; readonly mountPath: string };
}

export interface SidecarScenario {
  readonly technique: string;
  readonly yaml: string;
  readonly namespace: string;
  readonly workload: string;
  readonly agentContainer: string;
  readonly appContainer: string;
  readonly ownerId: number;
  readonly groupId: number;
  readonly size: number;
  readonly isHuge: boolean;
  readonly object: string;
  /** Absent for System V memory. */
  readonly path?: string;
}

export interface PodSharedMemoryScenario {
  readonly yaml: string;
  readonly namespace: string;
  readonly workload: string;
  /** Two containers that mount it. */
  readonly containers: readonly [string, string];
  readonly size: number;
}

const OWNER = 10001;
const GROUP = 2000;
const CLIENT = 10002;
const SIZE = Size.mebibytes(16);
const BYTES = SIZE.toKibibytes() * 1024;
const FOLDER = '/run/routes';
const HUGE = SharedMemory.files({
  size: SIZE,
  mountPath: FOLDER,
  hugePages: HugePages.SIZE_2MI,
});
const KEY = 0x5348;
const IMAGE = 'registry.example.com/replaced-by-the-test:1';

function render(namespace: string, build: (chart: Chart) => void): string {
  const app = new App();
  build(new Chart(app, 'chart', { namespace }));
  return app.synthYaml();
}

function container(name: string, mebibytes: number): kplus.ContainerProps {
  const memory = { request: Size.mebibytes(mebibytes), limit: Size.mebibytes(mebibytes) };
  const cpu = { request: kplus.Cpu.millis(10) };
  return {
    name,
    image: IMAGE,
    resources: { cpu, memory },
    securityContext: { user: CLIENT, group: CLIENT },
  };
}

/** What agent and client open: an OBJECT of shm-probe, and the folder that it is in. */
function objectOf(technique: string): { object: string; path?: string } {
  if (technique.startsWith('system-v')) {
    return { object: `sysv:${KEY}` };
  }
  if (technique === 'dev-shm' || technique.startsWith('posix-')) {
    return { object: 'posix:/e2e-routes', path: '/dev/shm' };
  }
  return {
    object: technique.startsWith('descriptors')
      ? `memfd:${FOLDER}/agent.sock`
      : `file:${FOLDER}/e2e-routes`,
    path: FOLDER,
  };
}

function betweenPods(
  technique: string,
  memory: SharedMemory,
  clientVolume: ClientVolume | undefined,
  seLinux: boolean,
): BetweenPodsScenario {
  const names = { agentNamespace: `e2e-${technique}`, clientNamespace: `e2e-${technique}-client` };
  const contract = new AgentContract({
    name: 'routes',
    namespace: names.agentNamespace,
    version: 'v1',
    memory: [memory],
    ownerId: OWNER,
    groupId: GROUP,
    clientVolume,
    ...(seLinux ? { seLinux } : {}),
  });
  const claimed = technique.endsWith('-claim');
  const systemV = technique === 'system-v';
  const { object, path } = objectOf(technique);
  const isHuge = technique.startsWith('huge-pages');
  const entry = isHuge
    ? 'data.hugepages-2Mi/shared'
    : technique.includes('tmpfs') || (seLinux && technique.startsWith('descriptors'))
      ? 'data/shared'
      : 'data';
  const directory = `/run/cdk8s-shared-memory/${names.agentNamespace}.routes/v1/${entry}`;
  const leaf = technique === 'dev-shm' ? '/dev/shm' : directory;
  const byHostPath = {
    volume: { source: { hostPath: { path: leaf, type: 'Directory' } }, mountPath: path ?? '' },
  };
  const byClaim = {
    volume: {
      source: { persistentVolumeClaim: { claimName: 'routes-data-v1-ro' } },
      mountPath: path ?? '',
    },
  };
  const byIpc = { hostIPC: true };
  return {
    technique,
    ...names,
    agent: render(names.agentNamespace, chart => {
      new AgentNamespace(chart, 'namespace', { name: names.agentNamespace });
      const agent = { ...container('agent', 64), securityContext: { user: OWNER, group: GROUP } };
      new NodeAgent(chart, 'agent', { contract, toolImage: IMAGE, containers: [agent] });
    }),
    agentWorkload: 'routes',
    agentContainer: 'agent',
    client: render(names.clientNamespace, chart => {
      if (claimed) {
        new ContractGrant(chart, 'grant', { contract, namespace: names.clientNamespace });
      }
      const api = new kplus.Deployment(chart, 'api', {
        metadata: { name: 'api' },
        containers: [container('api', 32)],
        replicas: 1,
      });
      contract.attachTo(api);
      if (claimed) {
        PodSecurity.restricted().attachTo(api);
      }
    }),
    clientWorkload: 'api',
    clientContainer: 'api',
    clientLevel: claimed ? 'restricted' : 'privileged',
    ownerId: OWNER,
    groupId: GROUP,
    size: BYTES,
    isHuge,
    object,
    path,
    directory: `${names.agentNamespace}.routes`,
    nodeObjects: systemV ? [object, `sysv:${KEY + 1}`] : technique === 'dev-shm' ? [object] : [],
    measureContainer: /directory/.test(technique) ? 'measure-routes' : undefined,
    persistentVolume: claimed
      ? `${names.agentNamespace}-routes-data-v1-${names.clientNamespace}-ro`
      : undefined,
    stranger: technique.endsWith('-host-path')
      ? { ...byHostPath, words: 'with hostPath', objects: [object] }
      : {
          ...byIpc,
          words: 'with hostIPC',
          objects: systemV ? [object] : [object, 'posix:/e2e-routes'],
        },
    rogue: systemV ? byIpc : claimed ? byClaim : byHostPath,
  };
}

function sidecar(technique: string, memory: SharedMemory): SidecarScenario {
  const namespace = `e2e-${technique}`;
  const isHuge = technique.startsWith('huge-pages');
  const opened = objectOf(technique);
  const contract = new AgentContract({
    name: 'routes',
    namespace,
    version: 'v1',
    memory: [memory],
    ownerId: OWNER,
    groupId: GROUP,
  });
  const yaml = render(namespace, chart => {
    const api = new kplus.Deployment(chart, 'api', {
      metadata: { name: 'api' },
      containers: [container('api', 32)],
      replicas: 1,
    });
    const startup = kplus.Probe.fromCommand(['shm-probe', 'ready', opened.object], {
      failureThreshold: 60,
    });
    new SidecarAgent({
      contract,
      containers: [
        { ...container('agent', 64), securityContext: { user: OWNER, group: GROUP }, startup },
      ],
    }).attachTo(api);
    PodSecurity.restricted().attachTo(api);
  });
  const ids = { ownerId: OWNER, groupId: GROUP };
  return {
    technique,
    yaml,
    namespace,
    workload: 'api',
    agentContainer: 'agent',
    appContainer: 'api',
    ...ids,
    size: BYTES,
    isHuge,
    ...opened,
  };
}

/** The scenario of a larger /dev/shm. */
export function podSharedMemoryScenario(): PodSharedMemoryScenario {
  const namespace = 'e2e-pod-shared-memory';
  const yaml = render(namespace, chart => {
    const trainer = new kplus.Deployment(chart, 'trainer', {
      metadata: { name: 'trainer' },
      containers: [container('loader', 64), container('trainer', 64)],
      replicas: 1,
    });
    new PodSharedMemory({ size: SIZE }).attachTo(trainer, { containers: ['loader', 'trainer'] });
    PodSecurity.restricted().attachTo(trainer);
  });
  return { yaml, namespace, workload: 'trainer', containers: ['loader', 'trainer'], size: BYTES };
}

const files = (backing?: Backing) => SharedMemory.files({ size: SIZE, mountPath: FOLDER, backing });
const posix = (backing?: Backing) => SharedMemory.posix({ size: SIZE, backing });
const descriptors = () => SharedMemory.descriptors({ size: SIZE, mountPath: FOLDER });

/** The memory of each technique between pods, and how its clients mount it. */
const BETWEEN_PODS: Readonly<Record<string, readonly [SharedMemory, ClientVolume?]>> = {
  'directory-claim': [files()],
  'posix-directory-claim': [posix()],
  'directory-host-path': [files(), ClientVolume.hostPath()],
  'posix-directory-host-path': [posix(), ClientVolume.hostPath()],
  'tmpfs-claim': [files(Backing.tmpfs())],
  'posix-tmpfs-claim': [posix(Backing.tmpfs())],
  'tmpfs-host-path': [files(Backing.tmpfs()), ClientVolume.hostPath()],
  'posix-tmpfs-host-path': [posix(Backing.tmpfs()), ClientVolume.hostPath()],
  'descriptors-claim': [descriptors()],
  'descriptors-host-path': [descriptors(), ClientVolume.hostPath()],
  'dev-shm': [posix(Backing.devShm())],
  'system-v': [SharedMemory.systemV({ size: SIZE })],
  'huge-pages-claim': [HUGE],
  'huge-pages-host-path': [HUGE, ClientVolume.hostPath()],
};

/** The memory of each technique in a pod. */
const SIDECARS: Readonly<Record<string, SharedMemory>> = {
  sidecar: files(),
  'system-v-sidecar': SharedMemory.systemV({ size: SIZE }),
  'huge-pages-sidecar': HUGE,
};

export const BETWEEN_PODS_TECHNIQUES = Object.keys(BETWEEN_PODS);
export const SIDECAR_TECHNIQUES = Object.keys(SIDECARS);

/**
 * The scenario of a technique between pods; contracts that differ in nothing but their technique.
 *
 * @param seLinux whether SELinux is enforcing on the nodes
 */
export function betweenPodsScenario(technique: string, seLinux: boolean): BetweenPodsScenario {
  const [memory, clientVolume] = BETWEEN_PODS[technique];
  return betweenPods(technique, memory, clientVolume, seLinux);
}

/** The scenario of a sidecar. */
export function sidecarScenario(technique: string): SidecarScenario {
  return sidecar(technique, SIDECARS[technique]);
}
