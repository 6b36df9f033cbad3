import { hostPrivileges } from '../../src/read/host-privileges';
import { privilegeWords } from '../../src/report/privilege-words';
import { setOf } from '../rules/findings';

function found(yaml: string): string[] {
  const [pod] = setOf(yaml).pods;
  return hostPrivileges(pod).map(
    privilege =>
      `${privilege.container ?? 'pod'}: ${privilegeWords(privilege)} (${privilege.pointer})`,
  );
}

test('each privilege of a pod has its field', () => {
  expect(
    found(`
apiVersion: v1
kind: Pod
metadata: { name: all }
spec:
  hostIPC: true
  hostPID: true
  hostNetwork: true
  securityContext:
    runAsUser: 0
    seccompProfile: { type: Unconfined }
    sysctls: [{ name: kernel.shmmax, value: "1" }, { name: kernel.shm_rmid_forced, value: "1" }]
  initContainers:
    - name: init
      image: init
      securityContext:
        privileged: true
        appArmorProfile: { type: Unconfined }
        seLinuxOptions: { type: spc_t }
        procMount: Unmasked
        windowsOptions: { hostProcess: true }
      volumeMounts: [{ name: run, mountPath: /run, mountPropagation: Bidirectional }]
  containers:
    - name: main
      image: main
      ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81 }]
      securityContext: { capabilities: { add: [CHOWN, IPC_LOCK] } }
      volumeMounts: [{ name: shm, mountPath: /dev/shm, readOnly: true }]
  volumes:
    - { name: run, hostPath: { path: /run } }
    - { name: shm, hostPath: { path: /dev/shm } }
    - { name: spare, hostPath: { path: /spare } }
    - { name: own, emptyDir: {} }
`),
  ).toEqual([
    'pod: hostIPC (/spec/hostIPC)',
    'pod: hostPID (/spec/hostPID)',
    'pod: hostNetwork (/spec/hostNetwork)',
    'pod: hostPath /run (/spec/volumes/0/hostPath)',
    'pod: hostPath /dev/shm, read-only (/spec/volumes/1/hostPath)',
    'pod: hostPath /spare, not mounted (/spec/volumes/2/hostPath)',
    'pod: unsafe sysctl kernel.shmmax (/spec/securityContext/sysctls/0)',
    'pod: user root (/spec/securityContext/runAsUser)',
    'pod: seccompProfile Unconfined (/spec/securityContext/seccompProfile/type)',
    'main: capability CHOWN (/spec/containers/0/securityContext/capabilities/add/0)',
    'main: capability IPC_LOCK, which no container has by default (/spec/containers/0/securityContext/capabilities/add/1)',
    'main: hostPort 8080 (/spec/containers/0/ports/0/hostPort)',
    'init: appArmorProfile Unconfined (/spec/initContainers/0/securityContext/appArmorProfile/type)',
    'init: hostProcess (/spec/initContainers/0/securityContext/windowsOptions/hostProcess)',
    'init: SELinux type spc_t (/spec/initContainers/0/securityContext/seLinuxOptions/type)',
    'init: privileged (/spec/initContainers/0/securityContext/privileged)',
    'init: procMount Unmasked (/spec/initContainers/0/securityContext/procMount)',
    'init: mountPropagation Bidirectional at /run (/spec/initContainers/0/volumeMounts/0/mountPropagation)',
  ]);
});

test('an annotation takes the AppArmor profile from a container, as before Kubernetes 1.30', () => {
  expect(
    found(`
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: all }
spec:
  template:
    metadata:
      annotations:
        container.apparmor.security.beta.kubernetes.io/main: unconfined
        container.apparmor.security.beta.kubernetes.io/other: runtime/default
        container.apparmor.security.beta.kubernetes.io/absent: unconfined
    spec:
      containers:
        - { name: main, image: main }
        - { name: other, image: other }
`),
  ).toEqual([
    'main: appArmorProfile Unconfined (/spec/template/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1main)',
  ]);
});

test('an ordinary pod has none, whatever it says in words of its own', () => {
  expect(
    found(`
apiVersion: v1
kind: Pod
metadata: { name: none }
spec:
  hostIPC: false
  securityContext: { runAsUser: 10001, seccompProfile: { type: RuntimeDefault } }
  containers:
    - name: main
      image: main
      securityContext: { privileged: false, capabilities: { drop: [ALL] }, procMount: Default }
      volumeMounts: [{ name: own, mountPath: /own }]
  volumes: [{ name: own, emptyDir: { medium: Memory } }]
`),
  ).toEqual([]);
});

test('hostProcess is a privilege only if it is true', () => {
  const windows = (hostProcess: boolean) =>
    found(`
apiVersion: v1
kind: Pod
metadata: { name: windows }
spec:
  securityContext: { windowsOptions: { hostProcess: ${hostProcess} } }
  containers: [{ name: a, image: i }]
`);
  expect(windows(true)).toHaveLength(1);
  expect(windows(false)).toEqual([]);
});
