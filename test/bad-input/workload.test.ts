import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Chart, Include, JsonPatch, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { attachMessageOf, messageOf } from './message';
import { Access, Backing, PodSecurity, ReadyWhen, SharedMemory, SidecarAgent } from '../../src';
import { AGENT, chart, contract, deployment, TOOLS } from '../yaml';

describe('target', () => {
  test('fails with something that has no pod template', () => {
    const c = chart();
    const service = new kplus.Service(c, 'service', { ports: [{ port: 80 }] });
    expect(attachMessageOf(() => contract().attachTo(service))).toBe(
      'SHM008 [test/service] target: given a construct without a pod template; allowed a workload, or a construct that holds one; fix: give a Pod, Deployment, DaemonSet, StatefulSet, Job, CronJob or custom resource with a pod template; write the objects of a List one by one',
    );
  });

  test('fails with nothing, which JavaScript lets happen', () => {
    expect(messageOf(() => contract().attachTo(undefined as unknown as Chart))).toBe(
      'SHM008 [attachTo] target: given nothing; allowed a construct; fix: give the workload, or a construct that holds it',
    );
  });

  test('fails with several pod templates, and lists them', () => {
    const c = chart();
    deployment(c, 'a');
    deployment(c, 'b');
    expect(attachMessageOf(() => contract().attachTo(c))).toBe(
      "SHM008 [test] target: given a construct with 2 pod templates; allowed one of Deployment/test-a, Deployment/test-b; fix: choose one: { workload: 'Deployment/test-a' }, or use attachToAll()",
    );
  });

  test('fails with `only` that is not there', () => {
    const c = chart();
    deployment(c, 'a');
    expect(attachMessageOf(() => contract().attachTo(c, { workload: 'Deployment/a' }))).toContain(
      'SHM008 [test] workload: given Deployment/a; allowed one of Deployment/test-a;',
    );
  });

  test('fails with several templates in one custom resource, and lists their pointers', () => {
    const template = { spec: { containers: [{ name: 'm', image: 'i' }] } };
    const job = new ApiObject(chart(), 'job', {
      apiVersion: 'kubeflow.org/v2beta1',
      kind: 'MPIJob',
      metadata: { name: 'train' },
      spec: { mpiReplicaSpecs: { Launcher: { template }, Worker: { template } } },
    });
    expect(attachMessageOf(() => contract().attachTo(job))).toContain(
      'allowed one of MPIJob/train#/spec/mpiReplicaSpecs/Launcher/template, MPIJob/train#/spec/mpiReplicaSpecs/Worker/template;',
    );
  });

  test('fails with an object whose toJson is overridden in another language', () => {
    const d = deployment(chart());
    Object.defineProperty(ApiObject.of(d), 'toJson', { configurable: false, value: () => ({}) });
    expect(attachMessageOf(() => contract().attachTo(d))).toBe(
      'SHM016 [test/api] toJson: given an object whose toJson is overridden in another language; allowed an object that cdk8s renders itself; fix: render the object without the override, or write the fields there by hand',
    );
  });
});

describe('what the workload already has', () => {
  const workload = (spec: object, container: object = {}) => {
    const c = chart();
    const object = new ApiObject(c, 'api', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'api' },
      spec: {
        template: { spec: { ...spec, containers: [{ name: 'api', image: 'i', ...container }] } },
      },
    });
    return { c, object };
  };

  test.each(['/run/routes', '/run/routes/'])('fails with an own mount at %s', mountPath => {
    const { c, object } = workload(
      { volumes: [{ name: 'own', emptyDir: {} }] },
      { volumeMounts: [{ name: 'own', mountPath }] },
    );
    contract().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      `SHM011 [test/api] spec.template.spec.containers[0].volumeMounts[0]: given a mount of the workload itself at "${mountPath}": {"mountPath":"${mountPath}","name":"own"}; ` +
        'allowed only the mount of contract routes: {"name":"routes-table","mountPath":"/run/routes","readOnly":true}; fix: to give the container the shared memory instead of its volume, attach with { replaces: ["own"] }; to keep the volume, mount it at another path',
    );
  });

  test.each(['/dev/shm', '/dev/shm/', '//dev/./shm'])(
    'fails with an own mount at %s under a contract of POSIX memory',
    mountPath => {
      const { c, object } = workload(
        { volumes: [{ name: 'own', emptyDir: {} }] },
        { volumeMounts: [{ name: 'own', mountPath }] },
      );
      contract({ memory: [SharedMemory.posix({ size: Size.mebibytes(1) })] }).attachTo(object);
      expect(messageOf(() => Testing.synth(c))).toContain('attach with { replaces: ["own"] }');
    },
  );

  test('fails with an own mount of the whole /dev under a contract of POSIX memory', () => {
    const { c, object } = workload(
      { volumes: [{ name: 'own', hostPath: { path: '/dev' } }] },
      { volumeMounts: [{ name: 'own', mountPath: '/dev' }] },
    );
    contract({ memory: [SharedMemory.posix({ size: Size.mebibytes(1) })] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'fix: remove the other mount; for two contracts with shm_open in one container, ask the owner of one of them for SharedMemory.files(), or both for Backing.devShm()',
    );
  });

  test('fails with an own mount below the memory: the runtime would make the mount point in it', () => {
    const { c, object } = workload(
      { volumes: [{ name: 'own', emptyDir: {} }] },
      { volumeMounts: [{ name: 'own', mountPath: '/run/routes/cache' }] },
    );
    contract().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM011 [test/api] spec.template.spec.containers[0].volumeMounts[0]: given a mount of the workload itself at "/run/routes/cache"',
    );
  });

  test('fails with an own mount at /dev over /dev/shm', () => {
    const { c, object } = workload(
      { volumes: [{ name: 'own', emptyDir: {} }] },
      { volumeMounts: [{ name: 'own', mountPath: '/dev' }] },
    );
    contract({ memory: [SharedMemory.posix({ size: Size.mebibytes(1) })] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'given a mount of the workload itself at "/dev":',
    );
  });

  test('fails with an own volume of the same name', () => {
    const { c, object } = workload({ volumes: [{ name: 'routes-table', emptyDir: {} }] });
    contract().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM011 [test/api] spec.template.spec.volumes[0]: given a volume "routes-table" of the workload itself: {"emptyDir":{},"name":"routes-table"}; ' +
        'allowed {"name":"routes-table","persistentVolumeClaim":{"claimName":"routes-table-v1-ro","readOnly":true}}, which contract routes adds; fix: give the other volume another name',
    );
  });

  test('fails with an own container that has the name of an init step', () => {
    const { c, object } = workload({ initContainers: [{ name: 'wait-for-routes', image: 'i' }] });
    contract({ readyWhen: ReadyWhen.file('x', { toolImage: TOOLS }) }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM011 [test/api] spec.template.spec.initContainers[0]: given a container "wait-for-routes" of the workload itself; allowed a name that contract routes does not use; fix: rename the container wait-for-routes',
    );
  });

  test('fails with another node selector', () => {
    const { c, object } = workload({ nodeSelector: { 'example.com/routes-agent': 'no' } });
    contract().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM010 [test/api] spec.template.spec.nodeSelector["example.com/routes-agent"]: given "no", written by the workload itself; allowed "yes", which contract routes needs; fix: remove it, or write "yes"',
    );
  });

  test('fails with another value of hostIPC', () => {
    const { c, object } = workload({ hostIPC: 'true' });
    contract({ memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM010 [test/api] spec.template.spec.hostIPC: given "true", written by the workload itself; allowed true, which contract routes needs;',
    );
  });

  test('fails with hostIPC under a sidecar of System V memory', () => {
    const { c, object } = workload({ hostIPC: true });
    const v = contract({ memory: [SharedMemory.systemV({ size: Size.mebibytes(64) })] });
    new SidecarAgent({
      contract: v,
      containers: [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }],
    }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM010 [test/api] spec.template.spec.hostIPC: given true, written by the workload itself; allowed absent or false, for contract routes: with hostIPC the agents',
    );
  });

  test.each(['hostPID', 'hostNetwork'])('fails with %s under PodSecurity.restricted()', field => {
    const { c, object } = workload({ [field]: true });
    PodSecurity.restricted().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      `SHM017 [test/api] spec.template.spec.${field}: given true; allowed absent or false: Pod Security "restricted" refuses the pod otherwise;`,
    );
  });

  const ofRoot = (ensureNonRoot?: boolean) =>
    new kplus.Deployment(chart(), 'api', {
      containers: [{ image: 'i', securityContext: { user: 0, ensureNonRoot } }],
    });
  const OTHER_USER = 'write a runAsUser that is not 0 (cdk8s-plus: user)';
  const ONLY_IF_NOT_ENFORCED =
    'leave PodSecurity.restricted() out only if the namespace does not enforce this level';

  test('fails with root that must not be root, with advice for both kinds of namespaces', () => {
    const d = ofRoot();
    expect(attachMessageOf(() => contract().attachTo(d))).toMatch(
      `fix: ${OTHER_USER}; only if the container must be root, and Pod Security "restricted" does not apply to its namespace, write runAsNonRoot: false (cdk8s-plus: ensureNonRoot: false)`,
    );
  });

  test('fails with root under PodSecurity.restricted(), and no error advises against another', () => {
    const first = attachMessageOf(() => PodSecurity.restricted().attachTo(ofRoot()));
    expect(first).toContain(
      `SHM017 [test/api] spec.template.spec.containers[0].securityContext.runAsUser: given 0; allowed any user but 0: Pod Security "restricted" refuses the pod otherwise; fix: write a user that is not 0 (cdk8s-plus: user); ${ONLY_IF_NOT_ENFORCED}`,
    );
    expect(first).toContain(`fix: ${OTHER_USER}`);
    const afterwards = attachMessageOf(() => PodSecurity.restricted().attachTo(ofRoot(false)));
    expect(afterwards).toContain(
      `runAsNonRoot: given false; allowed true, here or for the pod: Pod Security "restricted" refuses the pod otherwise; fix: write true (cdk8s-plus: ensureNonRoot: true) and, if the container ran as root, a user that is not 0 (cdk8s-plus: user); ${ONLY_IF_NOT_ENFORCED}`,
    );
    expect(afterwards).not.toContain('SHM014');
  });

  test('fails with hostIPC and hostUsers: false', () => {
    const { c, object } = workload({ hostUsers: false });
    contract({ memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM014 [test/api] hostUsers: given hostUsers: false with hostIPC: true; allowed hostUsers absent or true',
    );
  });

  test.each([
    'kernel.shmmax',
    'kernel.sem',
    'kernel.msgmax',
    'fs.mqueue.msg_max',
    'kernel.shm_rmid_forced',
    'kernel/shmmax',
  ])('fails with hostIPC and sysctl %s', name => {
    const { c, object } = workload({ securityContext: { sysctls: [{ name, value: '1' }] } });
    contract({ memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] }).attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      `SHM014 [test/api] securityContext.sysctls: given ${name} with hostIPC: true; allowed no sysctl of the IPC namespace`,
    );
  });

  test('fails with a Windows pod', () => {
    const { c, object } = workload({ os: { name: 'windows' } });
    contract().attachTo(object);
    expect(messageOf(() => Testing.synth(c))).toContain(
      'SHM014 [test/api] os.name: given windows; allowed linux',
    );
  });

  test('fails with a writing client that has another fsGroup', () => {
    const { c, object } = workload({ securityContext: { fsGroup: 3000 } });
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
    writable.attachTo(object, { access: Access.READ_WRITE });
    expect(messageOf(() => Testing.synth(c))).toContain(
      "SHM010 [test/api] spec.template.spec.securityContext.fsGroup: given 3000, written by the workload itself; allowed absent or 2000, for contract routes: the kubelet would give the agent's live memory to another group; fix: remove fsGroup, or write fsGroup: 2000",
    );
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

test('fails with a field that a JSON patch wrote, too', () => {
  const c = chart();
  const d = deployment(c);
  ApiObject.of(d).addJsonPatch(
    JsonPatch.add('/spec/template/spec/nodeSelector', { 'example.com/routes-agent': 'no' }),
  );
  contract().attachTo(d);
  expect(messageOf(() => Testing.synth(c))).toContain(
    'SHM010 [test/api] spec.template.spec.nodeSelector["example.com/routes-agent"]: given "no"',
  );
});

const scratch = mkdtempSync(join(tmpdir(), 'bad-input-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function yamlFile(name: string): string {
  const file = join(scratch, `${name}.yaml`);
  writeFileSync(
    file,
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  nodeSelector: {example.com/routes-agent: "no"}\n  containers: [{name: m, image: i}]\n`,
  );
  return file;
}
