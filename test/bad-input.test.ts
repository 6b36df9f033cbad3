import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Chart, Include, JsonPatch, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access, AgentContract, AgentNamespace, AgentNodes, Backing, ClientVolume, ContractGrant, NodeAgent, PodSecurity, PodSharedMemory, ReadyWhen,
  SharedMemory, SidecarAgent,
} from '../src';
import { AGENT, chart, contract, deployment, TOOLS } from './yaml';

const files = (mountPath: string, name?: string) => SharedMemory.files({ name, size: Size.mebibytes(1), mountPath });

/** The message of what is thrown: all of it, so that each part of an error is looked at. */
function messageOf(act: () => unknown): string {
  try { act(); } catch (e) { return (e as Error).message; }
  return 'nothing was thrown';
}

describe('contract', () => {
  test.each([
    ['name', { name: 'Routes' }, 'SHM001 [contract Routes] name: given "Routes"; allowed lowercase letters, digits and "-", at most 40 characters, beginning and ending with a letter or digit (a DNS label); fix: choose such a name: it becomes part of paths on the node and of names in the cluster'],
    ['long name', { name: 'a'.repeat(41) }, `SHM001 [contract ${'a'.repeat(41)}] name: given "${'a'.repeat(41)}"; allowed lowercase letters, digits and "-", at most 40 characters`],
    ['namespace', { namespace: 'node_agents' }, 'SHM001 [contract routes] namespace: given "node_agents"; allowed lowercase letters, digits and "-", at most 63 characters'],
    ['version', { version: '1.0' }, 'SHM001 [contract routes] version: given "1.0"; allowed lowercase letters, digits and "-", at most 20 characters'],
    ['missing version', { version: undefined as unknown as string }, 'SHM001 [contract routes] version: given nothing;'],
    ['memory name', { memory: [files('/run/routes', 'a_b')] }, 'SHM001 [contract routes] memory name: given "a_b"; allowed lowercase letters, digits and "-", at most 20 characters'],
    ['label key', { nodes: AgentNodes.labeled('-bad', 'yes') }, 'SHM002 [contract routes] nodes label key: given "-bad"; allowed an optional DNS subdomain and "/", then at most 63 letters'],
    ['label value', { nodes: AgentNodes.labeled('ok', 'not ok') }, 'SHM002 [contract routes] nodes label value: given "not ok"; allowed at most 63 letters'],
    ['taint key', { nodes: AgentNodes.dedicated('Example.com/x', 'yes') }, 'SHM002 [contract routes] nodes taint key: given "Example.com/x";'],
    ['size zero', { memory: [SharedMemory.systemV({ size: Size.mebibytes(0) })] }, 'SHM003 [contract routes] size of memory data: given 0; allowed a whole number of bytes from 1 to 2^53 - 1; fix: write a size like Size.mebibytes(256)'],
    ['size beyond 2^53', { memory: [SharedMemory.systemV({ size: Size.tebibytes(8192) })] }, 'SHM003 [contract routes] size of memory data: given 9007199254740992; allowed a whole number of bytes from 1 to 2^53 - 1'],
    ['size of a fraction of a byte', { memory: [SharedMemory.systemV({ size: Size.kibibytes(0.3) })] }, 'SHM003 [contract routes] size of memory data: given 307.2; allowed a whole number of bytes'],
    ['ownerId 0', { ownerId: 0 }, 'SHM004 [contract routes] ownerId: given 0; allowed a whole number from 1 to 2147483647; fix: use an unprivileged id: 0 is root'],
    ['negative groupId', { groupId: -1 }, 'SHM004 [contract routes] groupId: given -1; allowed a whole number from 1 to 2147483647'],
    ['missing ownerId', { ownerId: undefined }, 'SHM004 [contract routes] ownerId: given nothing; allowed a whole number from 1 to 2147483647; fix: say who owns and writes the files of memory table: ownerId: 10001'],
    ['missing groupId', { groupId: undefined }, 'SHM004 [contract routes] groupId: given nothing; allowed a whole number from 1 to 2147483647; fix: say who may read the files of memory table: groupId: 10001'],
    ['no memory', { memory: [] }, 'SHM005 [contract routes] memory: given []; allowed one memory or more; fix: add SharedMemory.files(), .posix() or .systemV()'],
    ['two memories of one name', { memory: [files('/a'), files('/b')] }, 'SHM005 [contract routes] memory: given ["data","data"]; allowed memories with different names; fix: give each memory a name of its own: data is there twice'],
    ['two memories on one path', { memory: [files('/a', 'a'), files('/a', 'b')] }, 'SHM006 [contract routes] mountPath: given ["/a","/a"]; allowed paths of which none is, or lies below, another; fix: move one of the memories a and b'],
    ['a memory below another', { memory: [files('/a', 'a'), files('/a/b', 'b')] }, 'SHM006 [contract routes] mountPath: given ["/a","/a/b"]; allowed paths of which none is, or lies below, another'],
    ['two memories at /dev/shm', { memory: [SharedMemory.posix({ name: 'a', size: Size.mebibytes(1) }), SharedMemory.posix({ name: 'b', size: Size.mebibytes(1) })] }, 'SHM006 [contract routes] mountPath: given ["/dev/shm","/dev/shm"];'],
    ['relative path', { memory: [files('run/routes')] }, 'SHM006 [contract routes] mountPath of memory data: given "run/routes"; allowed an absolute path without "..", ":" and control characters; fix: write a path like /run/routes'],
    ['path with ..', { memory: [files('/run/../etc')] }, 'SHM006 [contract routes] mountPath of memory data: given "/run/../etc"; allowed an absolute path without "..", ":" and control characters'],
    ['trailing slash', { memory: [files('/run/routes/')] }, 'SHM006 [contract routes] mountPath of memory data: given "/run/routes/"; allowed "/run/routes"; fix: write the path without doubled or trailing slashes'],
    ['files at /dev/shm', { memory: [files('/dev/shm')] }, 'SHM006 [contract routes] mountPath of memory data: given "/dev/shm"; allowed a path of its own; fix: for /dev/shm use SharedMemory.posix()'],
    ['files at /', { memory: [files('/')] }, 'SHM006 [contract routes] mountPath of memory data: given "/"; allowed a path outside /dev, /proc, /sys'],
    ['files below /proc', { memory: [files('/proc/x')] }, 'SHM006 [contract routes] mountPath of memory data: given "/proc/x"; allowed a path outside /dev, /proc, /sys'],
    ['writing clients without a backing', { clients: Access.READ_WRITE }, 'SHM007 [contract routes] clients: given "Access.READ_WRITE"; allowed an explicit backing for memory table; fix: write backing: Backing.directory()'],
    ['a claim where nothing can be claimed', { memory: [SharedMemory.posix({ size: Size.mebibytes(1), backing: Backing.devShm() })], clientVolume: ClientVolume.persistentVolumeClaim() }, 'SHM007 [contract routes] clientVolume: given "ClientVolume.persistentVolumeClaim()"; allowed nothing, or ClientVolume.hostPath(); fix: leave it out'],
    ['Windows nodes', { nodes: AgentNodes.labeled('kubernetes.io/os', 'windows') }, 'SHM014 [contract routes] nodes: given "windows"; allowed linux; fix: choose Linux nodes'],
    ['readyWhen without an image', { readyWhen: ReadyWhen.file('x', { toolImage: '' }) }, 'SHM015 [contract routes] readyWhen toolImage: given ""; allowed an image with sh, sleep and awk; fix: write the busybox of your registry'],
    ['readyWhen with an absolute file', { readyWhen: ReadyWhen.file('/run/routes/x', { toolImage: TOOLS }) }, 'SHM006 [contract routes] readyWhen file: given "/run/routes/x"; allowed a path relative to the mount path'],
    ['readyWhen of an unknown memory', { readyWhen: ReadyWhen.file('x', { memory: 'tabel', toolImage: TOOLS }) }, 'SHM007 [contract routes] readyWhen memory: given "tabel"; allowed one of: table'],
    ['readyWhen of a key without System V memory', { readyWhen: ReadyWhen.systemVKey(1, { toolImage: TOOLS }) }, 'SHM007 [contract routes] readyWhen systemVKey: given 1; allowed a contract with SharedMemory.systemV()'],
    ['readyWhen of IPC_PRIVATE', { memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })], readyWhen: ReadyWhen.systemVKey(0, { toolImage: TOOLS }) }, 'SHM007 [contract routes] readyWhen systemVKey: given 0; allowed a key_t from 1 to 2^32 - 1 (0 is IPC_PRIVATE)'],
  ])('fails with %s', (_, props, message) => {
    expect(messageOf(() => contract(props))).toContain(message);
  });

  test('fails with all that is wrong at once', () => {
    const lines = messageOf(() => contract({ name: 'A', version: 'B', ownerId: 0, memory: [] })).split('\n');
    expect(lines.map(line => line.slice(0, 6))).toEqual(['SHM001', 'SHM001', 'SHM005', 'SHM004']);
  });

  test('fails with a negative size in cdk8s\' own words', () => {
    expect(() => Size.mebibytes(-1)).toThrow('Storage amounts cannot be negative');
  });

  test('fails with a number for a size', () => {
    expect(messageOf(() => SharedMemory.systemV({ size: 256 as unknown as Size })))
      .toBe('SHM003 [SharedMemory.systemV()] size: given 256; allowed a Size; fix: write a size like Size.mebibytes(256)');
  });
});

describe('target', () => {
  test('fails with something that has no pod template', () => {
    const c = chart();
    const service = new kplus.Service(c, 'service', { ports: [{ port: 80 }] });
    expect(messageOf(() => contract().attachTo(service)))
      .toBe('SHM008 [test/service] target: given a construct without a pod template; allowed a workload, or a construct that holds one; fix: give a Pod, Deployment, DaemonSet, StatefulSet, Job, CronJob or custom resource with a pod template');
  });

  test('fails with nothing, which JavaScript lets happen', () => {
    expect(messageOf(() => contract().attachTo(undefined as unknown as Chart))).toBe(
      'SHM008 [attachTo] target: given nothing; allowed a construct; fix: give the workload, or a construct that holds it');
  });

  test('fails with several pod templates, and lists them', () => {
    const c = chart();
    deployment(c, 'a');
    deployment(c, 'b');
    expect(messageOf(() => contract().attachTo(c)))
      .toBe('SHM008 [test] target: given a construct with 2 pod templates; allowed one of Deployment/test-a, Deployment/test-b; fix: choose one: { only: \'Deployment/test-a\' }, or use attachToAll()');
  });

  test('fails with `only` that is not there', () => {
    const c = chart();
    deployment(c, 'a');
    expect(messageOf(() => contract().attachTo(c, { only: 'Deployment/a' }))).toContain('SHM008 [test] only: given Deployment/a; allowed one of Deployment/test-a;');
  });

  test('fails with several templates in one custom resource, and lists their pointers', () => {
    const template = { spec: { containers: [{ name: 'm', image: 'i' }] } };
    const job = new ApiObject(chart(), 'job', { apiVersion: 'kubeflow.org/v2beta1', kind: 'MPIJob', metadata: { name: 'train' }, spec: { mpiReplicaSpecs: { Launcher: { template }, Worker: { template } } } });
    expect(messageOf(() => contract().attachTo(job)))
      .toContain('allowed one of MPIJob/train#/spec/mpiReplicaSpecs/Launcher/template, MPIJob/train#/spec/mpiReplicaSpecs/Worker/template;');
  });

  test('fails with an object whose toJson is overridden in another language', () => {
    const d = deployment(chart());
    Object.defineProperty(ApiObject.of(d), 'toJson', { configurable: false, value: () => ({}) });
    expect(messageOf(() => contract().attachTo(d)))
      .toBe('SHM016 [test/api] toJson: given an object whose toJson is overridden in another language; allowed an object that cdk8s renders itself; fix: render the object without the override, or write the fields there by hand');
  });
});

describe('containers', () => {
  const two = (c: Chart) => new kplus.Deployment(c, 'api', { containers: [{ name: 'api', image: 'i' }, { name: 'proxy', image: 'i' }] });

  test('fails with unnamed containers where there are several', () => {
    const c = chart();
    contract().attachTo(two(c));
    expect(messageOf(() => Testing.synth(c)))
      .toContain('SHM009 [test/api] containers: given nothing, for a pod with 2 containers; allowed names of: api, proxy; fix: name the containers that contract routes is for: { containers: [\'api\'] }');
  });

  test('fails with an unknown container', () => {
    const c = chart();
    contract().attachTo(two(c), { containers: ['app'] });
    expect(messageOf(() => Testing.synth(c))).toContain('SHM009 [test/api] containers: given "app"; allowed names of: api, proxy; fix: name a container of this pod');
  });

  test('fails with an agent of several containers without the one that serves', () => {
    expect(messageOf(() => new NodeAgent(chart(), 'agent', { contract: contract(), toolImage: TOOLS, containers: [AGENT, { ...AGENT, name: 'metrics' }] })))
      .toBe('SHM009 [test/agent] container: given nothing, for an agent with 2 containers; allowed one of: agent, metrics; fix: name the container that serves the memory: container: \'agent\'');
  });

  test('fails with an agent of two containers with one name', () => {
    expect(messageOf(() => new NodeAgent(chart(), 'agent', { contract: contract(), toolImage: TOOLS, containers: [AGENT, AGENT] })))
      .toBe('SHM009 [test/agent] containers: given two containers named agent; allowed different names; fix: give each container a name');
  });

  test('fails with an agent without containers', () => {
    expect(messageOf(() => new NodeAgent(chart(), 'agent', { contract: contract(), toolImage: TOOLS, containers: [] })))
      .toBe('SHM009 [test/agent] container: given nothing, for an agent with 0 containers; allowed one of: none, as the agent has no containers; fix: give the agent a container');
  });
});

describe('what the workload already has', () => {
  const workload = (spec: object, container: object = {}) => {
    const c = chart();
    const object = new ApiObject(c, 'api', {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'api' }, spec: { template: { spec: { ...spec, containers: [{ name: 'api', image: 'i', ...container }] } } },
    });
    return { c, object };
  };

  test.each(['/run/routes', '/run/routes/'])('fails with an own mount at %s', mountPath => {
    const { c, object } = workload({ volumes: [{ name: 'own', emptyDir: {} }] }, { volumeMounts: [{ name: 'own', mountPath }] });
    contract().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      `SHM011 [test/api] spec.template.spec.containers[0].volumeMounts[0]: given a mount of the workload itself at "${mountPath}": {"mountPath":"${mountPath}","name":"own"}; `
      + 'allowed the mount of contract routes alone: {"name":"routes-table","mountPath":"/run/routes","readOnly":true}; fix: mount the other volume at another path');
  });

  test.each(['/dev/shm', '/dev/shm/', '//dev/./shm'])('fails with an own mount at %s under a contract of POSIX memory', mountPath => {
    const { c, object } = workload({ volumes: [{ name: 'own', emptyDir: {} }] }, { volumeMounts: [{ name: 'own', mountPath }] });
    contract({ memory: [SharedMemory.posix({ size: Size.mebibytes(1) })] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain('fix: remove the other mount; two contracts with shm_open in one container: use SharedMemory.files() for one of them, or Backing.devShm() for both');
  });

  test('fails with an own mount below the memory: the runtime would make the mount point in it', () => {
    const { c, object } = workload({ volumes: [{ name: 'own', emptyDir: {} }] }, { volumeMounts: [{ name: 'own', mountPath: '/run/routes/cache' }] });
    contract().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain('SHM011 [test/api] spec.template.spec.containers[0].volumeMounts[0]: given a mount of the workload itself at "/run/routes/cache"');
  });

  test('fails with an own mount at /dev over /dev/shm', () => {
    const { c, object } = workload({ volumes: [{ name: 'own', emptyDir: {} }] }, { volumeMounts: [{ name: 'own', mountPath: '/dev' }] });
    contract({ memory: [SharedMemory.posix({ size: Size.mebibytes(1) })] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain('given a mount of the workload itself at "/dev":');
  });

  test('fails with an own volume of the same name', () => {
    const { c, object } = workload({ volumes: [{ name: 'routes-table', emptyDir: {} }] });
    contract().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM011 [test/api] spec.template.spec.volumes[0]: given a volume "routes-table" of the workload itself: {"emptyDir":{},"name":"routes-table"}; '
      + 'allowed {"name":"routes-table","persistentVolumeClaim":{"claimName":"routes-table-v1-ro","readOnly":true}}, which contract routes adds; fix: give the other volume another name');
  });

  test('fails with an own container that has the name of an init step', () => {
    const { c, object } = workload({ initContainers: [{ name: 'wait-for-routes', image: 'i' }] });
    contract({ readyWhen: ReadyWhen.file('x', { toolImage: TOOLS }) }).attachTo(object);
    expect(messageOf(() => Testing.synth(c)))
      .toContain('SHM011 [test/api] spec.template.spec.initContainers[0]: given a container "wait-for-routes" of the workload itself; allowed a name that contract routes does not use; fix: rename the container wait-for-routes');
  });

  test('fails with another node selector', () => {
    const { c, object } = workload({ nodeSelector: { 'example.com/routes-agent': 'no' } });
    contract().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM010 [test/api] spec.template.spec.nodeSelector["example.com/routes-agent"]: given "no", written by the workload itself; allowed "yes", which contract routes needs; fix: remove it, or write "yes"');
  });

  test('fails with another value of hostIPC', () => {
    const { c, object } = workload({ hostIPC: 'true' });
    contract({ memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain('SHM010 [test/api] spec.template.spec.hostIPC: given "true", written by the workload itself; allowed true, which contract routes needs;');
  });

  test('fails with hostIPC under a sidecar of System V memory', () => {
    const { c, object } = workload({ hostIPC: true });
    const v = contract({ memory: [SharedMemory.systemV({ size: Size.mebibytes(64) })] });
    new SidecarAgent({ contract: v, containers: [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain('SHM010 [test/api] spec.template.spec.hostIPC: given true, written by the workload itself; allowed absent or false, for contract routes: with hostIPC the agents');
  });

  test.each(['hostPID', 'hostNetwork'])('fails with %s under PodSecurity.restricted()', field => {
    const { c, object } = workload({ [field]: true });
    PodSecurity.restricted().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(`SHM017 [test/api] spec.template.spec.${field}: given true; allowed absent or false: Pod Security "restricted" refuses the pod otherwise;`);
  });

  test('fails with hostIPC and hostUsers: false', () => {
    const { c, object } = workload({ hostUsers: false });
    contract({ memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain('SHM014 [test/api] hostUsers: given hostUsers: false with hostIPC: true; allowed hostUsers absent or true');
  });

  test.each(['kernel.shmmax', 'kernel.sem', 'kernel.msgmax', 'fs.mqueue.msg_max', 'kernel.shm_rmid_forced', 'kernel/shmmax'])('fails with hostIPC and sysctl %s', name => {
    const { c, object } = workload({ securityContext: { sysctls: [{ name, value: '1' }] } });
    contract({ memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(`SHM014 [test/api] securityContext.sysctls: given ${name} with hostIPC: true; allowed no sysctl of the IPC namespace`);
  });

  test('fails with a Windows pod', () => {
    const { c, object } = workload({ os: { name: 'windows' } });
    contract().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain('SHM014 [test/api] os.name: given windows; allowed linux');
  });

  test('fails with a writing client that has another fsGroup', () => {
    const { c, object } = workload({ securityContext: { fsGroup: 3000 } });
    const writable = contract({ clients: Access.READ_WRITE, memory: [SharedMemory.files({ size: Size.mebibytes(1), mountPath: '/run/routes', backing: Backing.directory() })] });
    writable.attachTo(object, { access: Access.READ_WRITE });
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM010 [test/api] spec.template.spec.securityContext.fsGroup: given 3000, written by the workload itself; allowed absent or 2000, for contract routes: the kubelet would give the agent\'s live memory to another group; fix: remove fsGroup, or write fsGroup: 2000');
  });

  test('fails with all conflicts of all workloads, before anything is rendered', () => {
    const c = chart();
    const a = new Include(c, 'a', { url: yamlFile('a') });
    const b = new Include(c, 'b', { url: yamlFile('b') });
    contract().attachTo(a);
    contract().attachTo(b);
    const message = messageOf(() => Testing.synth(c));
    expect(message.match(/SHM010 \[test\/[ab]\//g)).toEqual(['SHM010 [test/a/', 'SHM010 [test/b/']);
  });
});

describe('contract against contract', () => {
  const posix = (name: string) => contract({ name, memory: [SharedMemory.posix({ size: Size.mebibytes(1) })] });

  test('fails with a second contract at /dev/shm, at the call', () => {
    const d = deployment(chart());
    posix('routes').attachTo(d);
    expect(messageOf(() => posix('flags').attachTo(d))).toBe(
      'SHM011 [test/api] mountPath: given /dev/shm of contract flags, where contract routes already mounts its memory, or above or below that; '
      + 'allowed memories of a container at paths of which none is, or lies below, another; '
      + 'fix: use SharedMemory.files() with a path of its own for one of them; for two contracts with shm_open, Backing.devShm() for both');
  });

  test('fails with a contract below the path of another, at the call', () => {
    const d = deployment(chart());
    contract().attachTo(d);
    expect(messageOf(() => contract({ name: 'flags', memory: [files('/run/routes/flags')] }).attachTo(d)))
      .toContain('SHM011 [test/api] mountPath: given /run/routes/flags of contract flags, where contract routes already mounts its memory, or above or below that;');
  });

  test('two contracts in the node\'s /dev/shm live together, with one access', () => {
    const memory = [SharedMemory.posix({ size: Size.mebibytes(1), backing: Backing.devShm() })];
    const devShm = (name: string, clients?: Access) => contract({ name, clients, memory });
    const c = chart();
    const d = deployment(c);
    devShm('routes').attachTo(d);
    devShm('flags', Access.READ_WRITE).attachTo(d);
    expect(Testing.synth(c)[0].spec.template.spec.containers[0].volumeMounts).toEqual([{ mountPath: '/dev/shm', name: 'node-dev-shm', readOnly: true }]);
    const other = deployment(chart());
    devShm('routes').attachTo(other);
    expect(messageOf(() => devShm('flags', Access.READ_WRITE).attachTo(other, { access: Access.READ_WRITE }))).toContain('SHM011 [test/api] mountPath: given /dev/shm of contract flags');
  });

  test('fails with PodSharedMemory beside a contract at /dev/shm, at the call', () => {
    const d = deployment(chart());
    posix('routes').attachTo(d);
    expect(messageOf(() => new PodSharedMemory({ size: Size.mebibytes(64) }).attachTo(d))).toContain('SHM011 [test/api] mountPath: given /dev/shm of PodSharedMemory, where contract routes');
  });

  test('fails with a contract of the same name from another namespace, at the call', () => {
    const d = deployment(chart());
    contract().attachTo(d);
    expect(messageOf(() => contract({ namespace: 'other', memory: [files('/run/other')] }).attachTo(d)))
      .toContain('SHM010 [test/api] cdk8s-shared-memory/contract.routes: given contract routes on a workload that has contract routes; allowed one contract of a name on one workload;');
  });

  test('fails with other nodes, at the call', () => {
    const d = deployment(chart());
    contract().attachTo(d);
    expect(messageOf(() => contract({ name: 'flags', memory: [files('/run/flags')], nodes: AgentNodes.labeled('example.com/routes-agent', 'no') }).attachTo(d)))
      .toContain('SHM010 [test/api] nodeSelector.example.com/routes-agent: given "no", which contract flags needs; allowed "yes", which contract routes needs;');
  });

  test('fails with the same contract and other options, at the call', () => {
    const d = deployment(chart());
    contract().attachTo(d);
    expect(messageOf(() => contract().attachTo(d, { containers: ['api'] })))
      .toBe('SHM010 [test/api] options: given contract routes a second time, with other options; allowed the same options, or one call; fix: call it once, with all options');
  });
});

describe('access and grants', () => {
  test('fails with more access than the contract allows', () => {
    expect(messageOf(() => contract().attachTo(deployment(chart()), { access: Access.READ_WRITE }))).toBe(
      'SHM012 [test/api] access: given Access.READ_WRITE; allowed Access.READ_ONLY, the most that contract routes allows any client; fix: ask the owner of the contract for clients: Access.READ_WRITE, or read only');
  });

  test('fails with a grant of more access than the contract allows', () => {
    expect(messageOf(() => new ContractGrant(chart(), 'grant', { contract: contract(), namespace: 'shop', access: Access.READ_WRITE }))).toContain('SHM012 [test/grant] access:');
  });

  test('fails with a grant for a namespace that Kubernetes refuses', () => {
    expect(messageOf(() => new ContractGrant(chart(), 'grant', { contract: contract(), namespace: 'Shop' }))).toContain('SHM001 [test/grant] namespace: given "Shop"; allowed lowercase letters');
  });

  test.each([
    ['whose clients use hostPath', { clientVolume: ClientVolume.hostPath() }],
    ['which has no directory to claim', { memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] }],
  ])('fails with a grant of a contract %s', (why, props) => {
    expect(messageOf(() => new ContractGrant(chart(), 'grant', { contract: contract(props), namespace: 'shop' })))
      .toContain(`SHM007 [test/grant] contract: given contract routes, ${why}; allowed a contract with Backing.directory() and ClientVolume.persistentVolumeClaim();`);
  });

  test('fails with two grants of one claim', () => {
    const c = chart();
    new ContractGrant(c, 'one', { contract: contract({ name: 'a-b', memory: [files('/run/routes', 'c')] }), namespace: 'shop' });
    expect(messageOf(() => new ContractGrant(c, 'two', { contract: contract({ name: 'a', memory: [files('/run/routes', 'b-c')] }), namespace: 'shop' })))
      .toContain('SHM011 [test/two] claim: given shop/a-b-c-v1-ro, which test/one makes; allowed one grant of a contract, access and namespace;');
  });
});

describe('memory limits', () => {
  const limited = (limit: Size | undefined) => ({ ...AGENT, resources: limit && { memory: { limit } } });

  test('fails with an agent without a memory limit', () => {
    expect(messageOf(() => new NodeAgent(chart(), 'agent', { contract: contract(), toolImage: TOOLS, containers: [limited(undefined)] }))).toBe(
      'SHM013 [test/agent] containers[0].resources.memory.limit: given no memory limit for container agent; allowed a memory limit on every container of an agent; '
      + 'fix: write resources: { memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) } } with the numbers of your agent');
  });

  test('fails with an agent whose limit cannot hold what it pays for, with the number to write', () => {
    const c = chart();
    new NodeAgent(c, 'agent', { contract: contract(), toolImage: TOOLS, containers: [limited(Size.mebibytes(287))] });
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM013 [test/agent] spec.template.spec.containers[0].resources.limits.memory of container agent: given 287Mi; '
      + 'allowed at least 288Mi: 256Mi that it pays for (contract routes: holds the 256Mi of memory table, which this container touches first and so pays for) and 32Mi for itself; fix: write a memory limit of 288Mi or more');
  });

  test('the number to write is enough', () => {
    const c = chart();
    new NodeAgent(c, 'agent', { contract: contract(), toolImage: TOOLS, containers: [limited(Size.mebibytes(288))] });
    expect(Testing.synth(c)).toHaveLength(1);
  });

  test('fails with a bigger /dev/shm that the limit cannot hold', () => {
    const c = chart();
    new PodSharedMemory({ size: Size.gibibytes(2) }).attachTo(deployment(c));
    expect(messageOf(() => Testing.synth(c))).toContain('of container api: given 128Mi; allowed at least 2080Mi: 2Gi that it pays for');
  });

  test('fails with a bigger /dev/shm without a limit', () => {
    const c = chart();
    new PodSharedMemory({ size: Size.mebibytes(64) }).attachTo(deployment(c, 'api', { resources: {} }));
    expect(messageOf(() => Testing.synth(c))).toContain('of container api: given no memory limit; allowed at least 96Mi:');
  });

  test('fails with a sidecar whose limit cannot hold what it pays for', () => {
    const c = chart();
    new SidecarAgent({ contract: contract(), containers: [{ ...limited(Size.mebibytes(64)), startup: kplus.Probe.fromCommand(['true']) }] }).attachTo(deployment(c));
    expect(messageOf(() => Testing.synth(c))).toContain('SHM013 [test/api] spec.template.spec.initContainers[0].resources.limits.memory of container agent: given 64Mi; allowed at least 288Mi');
  });

  test('fails with a PodSharedMemory of no size', () => {
    expect(messageOf(() => new PodSharedMemory({ size: Size.mebibytes(0) }))).toBe(
      'SHM003 [PodSharedMemory] size: given 0; allowed a whole number of bytes from 1 to 2^53 - 1; fix: write a size like Size.gibibytes(2)');
  });
});

describe('agents', () => {
  test('fails without a toolImage where the memory is a directory', () => {
    expect(messageOf(() => new NodeAgent(chart(), 'agent', { contract: contract(), containers: [AGENT] }))).toBe(
      'SHM015 [test/agent] toolImage: given nothing; allowed an image with sh, stat, cat, mkdir, rmdir, mv, chown, chmod and du; fix: write the busybox of your registry: toolImage: \'registry.example.com/busybox:1.36\'');
  });

  test('fails in a chart of another namespace', () => {
    expect(messageOf(() => new NodeAgent(chart('test', 'shop'), 'agent', { contract: contract(), toolImage: TOOLS, containers: [AGENT] })))
      .toContain('SHM007 [test/agent] contract.namespace: given "node-agents"; allowed "shop", the namespace of the chart;');
  });

  test('fails with a name or namespace in the metadata', () => {
    expect(messageOf(() => new NodeAgent(chart(), 'agent', { contract: contract(), toolImage: TOOLS, containers: [AGENT], metadata: { name: 'other' } })))
      .toContain('SHM007 [test/agent] metadata: given {"name":"other"}; allowed labels and annotations;');
  });

  test('fails with a label of the selector in the pod metadata', () => {
    const podMetadata = { labels: { 'cdk8s-shared-memory/wave': 'canary' } };
    expect(messageOf(() => new NodeAgent(chart(), 'agent', { contract: contract(), toolImage: TOOLS, containers: [AGENT], podMetadata })))
      .toContain('SHM010 [test/agent] podMetadata.labels: given ["cdk8s-shared-memory/wave"]; allowed labels of your own;');
  });

  test('fails with a DaemonSet name that Kubernetes refuses', () => {
    expect(messageOf(() => new NodeAgent(chart(), 'agent', { contract: contract(), toolImage: TOOLS, containers: [AGENT], name: 'Agent' }))).toContain('SHM001 [test/agent] name: given "Agent";');
  });

  test('fails with a second agent of one name', () => {
    const c = chart();
    const make = (id: string) => new NodeAgent(c, id, { contract: contract(), toolImage: TOOLS, containers: [AGENT] });
    make('one');
    expect(messageOf(() => make('two'))).toContain('SHM011 [test/two] DaemonSet: given node-agents/routes, which test/one makes; allowed one NodeAgent of a name and namespace;');
  });

  test('fails with a serving container of another user than the contract\'s', () => {
    const c = chart();
    new NodeAgent(c, 'agent', { contract: contract(), toolImage: TOOLS, containers: [{ ...AGENT, securityContext: { user: 5 } }] });
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM010 [test/agent] spec.template.spec.containers[0].securityContext.runAsUser: given 5, written by the workload itself; allowed absent or 10001, for contract routes: '
      + 'the memory belongs to the contract\'s ownerId, and another user cannot write it; fix: remove the id from the container, or write 10001; or change it in the contract');
  });

  test('fails with a sidecar of another group than the contract\'s', () => {
    const c = chart();
    const containers = [{ ...AGENT, securityContext: { group: 6 }, startup: kplus.Probe.fromCommand(['true']) }];
    new SidecarAgent({ contract: contract(), containers }).attachTo(deployment(c));
    expect(messageOf(() => Testing.synth(c))).toContain('SHM010 [test/api] spec.template.spec.initContainers[0].securityContext.runAsGroup: given 6');
  });

  test.each(['', ' ', 'busybox\n', 'a b'])('fails with the toolImage %p', toolImage => {
    expect(messageOf(() => new NodeAgent(chart(), 'agent', { contract: contract(), toolImage, containers: [AGENT] }))).toContain(`SHM015 [test/agent] toolImage: given ${JSON.stringify(toolImage)};`);
  });

  test('fails with a sidecar without a startup probe', () => {
    expect(messageOf(() => new SidecarAgent({ contract: contract(), containers: [AGENT] }))).toContain(
      'SHM020 [SidecarAgent of contract routes] startup of container agent: given no startup probe; allowed a startup probe that passes when the memory is there;');
  });

  test('fails with a namespace of agents that Kubernetes refuses', () => {
    expect(messageOf(() => new AgentNamespace(chart(), 'namespace', { name: 'Agents' }))).toContain('SHM001 [test/namespace] name: given "Agents";');
  });
});

describe('contract JSON', () => {
  const edited = (change: (json: Record<string, unknown>) => void) => {
    const json = JSON.parse(contract().toJson()) as Record<string, unknown>;
    change(json);
    return JSON.stringify(json);
  };

  test.each([
    ['what is not JSON', '{', 'SHM018 [contract JSON] text: given '],
    ['what is not an object', '[]', 'SHM018 [contract JSON] text: given []; allowed an object;'],
    ['a newer apiVersion', edited(j => { j.apiVersion = 'cdk8s-shared-memory/v2'; }), 'SHM018 [contract JSON] apiVersion: given "cdk8s-shared-memory/v2"; allowed "cdk8s-shared-memory/v1"; fix: use the version of cdk8s-shared-memory that wrote the contract, or a newer one'],
    ['a missing field', edited(j => { delete j.nodes; }), 'SHM018 [contract JSON] nodes.label.key: given nothing; allowed a string;'],
    ['a size that is no quantity', edited(j => { (j.memory as { size: string }[])[0].size = '64 MB'; }), 'SHM018 [contract JSON] memory[0].size: given "64 MB"; allowed a quantity like "256Mi";'],
    ['an unknown API', edited(j => { (j.memory as { api: string }[])[0].api = 'mmap'; }), 'SHM018 [contract JSON] memory[0].api: given "mmap"; allowed "files", "posix", "systemV";'],
    ['a value that the constructor refuses', edited(j => { j.name = 'Routes'; }), 'SHM001 [contract Routes] name: given "Routes";'],
  ])('fails with %s', (_, text, message) => {
    expect(messageOf(() => AgentContract.fromJson(text))).toContain(message);
  });

  test('fails to be read from a file that is not there', () => {
    expect(messageOf(() => AgentContract.fromFile('no.contract.json')))
      .toContain('SHM018 [contract JSON] file: given ENOENT: no such file or directory, open \'no.contract.json\'; allowed a file that contract.toFile() wrote;');
  });

  test.each([
    ['NodeAgent', (c: Chart, none: AgentContract) => new NodeAgent(c, 'x', { contract: none, containers: [] })],
    ['SidecarAgent', (_: Chart, none: AgentContract) => new SidecarAgent({ contract: none, containers: [] })],
    ['ContractGrant', (c: Chart, none: AgentContract) => new ContractGrant(c, 'x', { contract: none, namespace: 'shop' })],
  ])('fails to be left out of a %s, which JavaScript lets happen', (_, make) => {
    expect(messageOf(() => make(chart(), undefined as unknown as AgentContract))).toMatch(/^SHM018 \[.+\] contract: given nothing; allowed an AgentContract; fix: make one with/);
  });

  test('fails to be written into the output folder', () => {
    expect(messageOf(() => contract().toFile('dist/routes.contract.json'))).toContain('SHM019 [contract routes] file: given "dist/routes.contract.json"; allowed a path outside the output folder');
  });
});

describe('what JavaScript lets through', () => {
  const untyped = <T>(value: unknown) => value as T;

  test.each([['rw'], ['READ_WRITE'], [true]])('fails with the access %p, which would otherwise be one that writes', access => {
    const writable = contract({
      clients: Access.READ_WRITE, memory: [SharedMemory.files({ size: Size.mebibytes(1), mountPath: '/run/routes', backing: Backing.directory() })],
    });
    const attach = () => writable.attachTo(deployment(chart()), { access: untyped<Access>(access) });
    expect(messageOf(attach)).toMatch(/^SHM012 \[test\/api\] access: given .+; allowed Access.READ_ONLY or Access.READ_WRITE; fix: write Access.READ_ONLY$/);
  });

  test.each([['api'], [[]], [[7]]])('fails with the containers %p', containers => {
    expect(messageOf(() => contract().attachTo(deployment(chart()), { containers: untyped<string[]>(containers) })))
      .toContain(`SHM009 [test/api] containers: given ${JSON.stringify(containers)}; allowed a list of one container name or more;`);
  });

  test.each([
    ['memory', { memory: untyped<SharedMemory[]>([undefined]) }, 'SHM007 [contract routes] memory: given nothing; allowed SharedMemory.files(), .posix() or .systemV();'],
    ['nodes', { nodes: untyped<AgentNodes>('all') }, 'SHM007 [contract routes] nodes: given "all"; allowed AgentNodes.all(), .labeled() or .dedicated();'],
    ['clients', { clients: untyped<Access>('all') }, 'SHM012 [contract routes] clients: given "all"; allowed Access.READ_ONLY or Access.READ_WRITE; fix: write one of them'],
    ['clientVolume', { clientVolume: untyped<ClientVolume>('claim') }, 'SHM007 [contract routes] clientVolume: given "claim"; allowed ClientVolume.persistentVolumeClaim() or .hostPath();'],
  ])('fails with another kind of value for %s', (_, props, message) => {
    expect(messageOf(() => contract(props))).toContain(message);
  });
});

test('fails with a field that a JSON patch wrote, too', () => {
  const c = chart();
  const d = deployment(c);
  ApiObject.of(d).addJsonPatch(JsonPatch.add('/spec/template/spec/nodeSelector', { 'example.com/routes-agent': 'no' }));
  contract().attachTo(d);
  expect(messageOf(() => Testing.synth(c))).toContain('SHM010 [test/api] spec.template.spec.nodeSelector["example.com/routes-agent"]: given "no"');
});

const scratch = mkdtempSync(join(tmpdir(), 'bad-input-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function yamlFile(name: string): string {
  const file = join(scratch, `${name}.yaml`);
  writeFileSync(file, `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  nodeSelector: {example.com/routes-agent: "no"}\n  containers: [{name: m, image: i}]\n`);
  return file;
}
