import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  Backing,
  PodSecurity,
  SharedMemory,
  SidecarAgent,
  type AgentContractProps,
  type AttachOptions,
} from '../../src';
import { restrictedViolations } from '../../src/kube/pod-security';
import { AGENT, chart, contract, deployment, rendered, type Rendered } from '../yaml';

const STARTUP = kplus.Probe.fromCommand(['test', '-e', '/run/routes/table.bin']);

function withSidecar(
  props: Partial<AgentContractProps> = {},
  options: AttachOptions = {},
  container: Partial<kplus.ContainerProps> = {},
): Rendered {
  const c = chart();
  new SidecarAgent({
    contract: contract(props),
    containers: [{ ...AGENT, startup: STARTUP, ...container }],
  }).attachTo(deployment(c), options);
  return rendered(c, 'Deployment')[0];
}

test("the agent is a native sidecar with the startup probe, and its ids are the contract's", () => {
  const [sidecar] = withSidecar().spec.template.spec.initContainers;
  expect([sidecar.name, sidecar.restartPolicy, sidecar.startupProbe.exec.command]).toEqual([
    'agent',
    'Always',
    ['test', '-e', '/run/routes/table.bin'],
  ]);
  expect(sidecar.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsGroup: 2000,
    runAsNonRoot: true,
    runAsUser: 10001,
    seccompProfile: { type: 'RuntimeDefault' },
  });
});

test('both mount one memory-medium emptyDir of exactly the size', () => {
  const pod = withSidecar().spec.template.spec;
  expect(pod.volumes).toEqual([
    { name: 'routes-table', emptyDir: { medium: 'Memory', sizeLimit: '256Mi' } },
  ]);
  expect(pod.initContainers[0].volumeMounts).toEqual([
    { mountPath: '/run/routes', name: 'routes-table' },
  ]);
  expect(pod.containers[0].volumeMounts).toEqual([
    { mountPath: '/run/routes', name: 'routes-table', readOnly: true },
  ]);
  expect(pod.securityContext.fsGroup).toBe(2000);
});

test('it needs no host access, no node and no grant', () => {
  const pod = withSidecar({ memory: [SharedMemory.systemV({ size: Size.mebibytes(64) })] }).spec
    .template.spec;
  expect([pod.hostIPC, pod.nodeSelector, pod.tolerations, pod.volumes]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('a client that writes has no readOnly', () => {
  const memory = [
    SharedMemory.files({
      size: Size.mebibytes(1),
      mountPath: '/run/routes',
      backing: Backing.directory(),
    }),
  ];
  const pod = withSidecar({ clients: Access.READ_WRITE, memory }, { access: Access.READ_WRITE })
    .spec.template.spec;
  expect(pod.containers[0].volumeMounts).toEqual([
    { mountPath: '/run/routes', name: 'routes-data' },
  ]);
});

test('volumes of the agent come along', () => {
  const c = chart();
  const config = kplus.Volume.fromConfigMap(
    c,
    'config',
    kplus.ConfigMap.fromConfigMapName(c, 'map', 'agent-config'),
    { name: 'config' },
  );
  const containers = [
    { ...AGENT, startup: STARTUP, volumeMounts: [{ path: '/etc/agent', volume: config }] },
  ];
  new SidecarAgent({ contract: contract(), containers }).attachTo(deployment(c));
  const pod = rendered(c, 'Deployment')[0].spec.template.spec;
  expect(pod.volumes.map((v: Rendered) => v.name)).toEqual(['config', 'routes-table']);
  expect(pod.initContainers[0].volumeMounts.map((m: Rendered) => m.mountPath)).toEqual([
    '/etc/agent',
    '/run/routes',
  ]);
});

test('one SidecarAgent serves several workloads', () => {
  const c = chart();
  deployment(c, 'a');
  deployment(c, 'b');
  new SidecarAgent({
    contract: contract(),
    containers: [{ ...AGENT, startup: STARTUP }],
  }).attachToAll(c);
  expect(rendered(c, 'Deployment').map(o => o.spec.template.spec.initContainers.length)).toEqual([
    1, 1,
  ]);
});

test("the mark says that the memory is the pod's own", () => {
  const mark = JSON.parse(
    withSidecar().metadata.annotations['cdk8s-shared-memory/contract.routes'],
  );
  expect([mark.side, mark.memory[0].backing, mark.containers]).toEqual([
    'sidecar',
    'emptyDir',
    ['api'],
  ]);
});

test('the mark of an agent in the pod does not say that somebody else serves the memory', () => {
  const { annotations } = withSidecar({ servedBy: 'routes-operator', team: 'network' }).metadata;
  const mark = JSON.parse(annotations['cdk8s-shared-memory/contract.routes']);
  expect([mark.side, mark.team, mark.servedBy]).toEqual(['sidecar', 'network', undefined]);
});

test('it passes Pod Security "restricted"', () => {
  const c = chart();
  const d = deployment(c);
  new SidecarAgent({ contract: contract(), containers: [{ ...AGENT, startup: STARTUP }] }).attachTo(
    d,
  );
  PodSecurity.restricted().attachTo(d);
  expect(restrictedViolations(rendered(c, 'Deployment')[0].spec.template.spec)).toEqual([]);
});
