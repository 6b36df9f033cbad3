import { MarkedManifests } from '../../src/sharing/marked-manifests';
import { isBelowDevShm, isShared } from '../../src/sharing/marked-pod';
import { mountedPlace, nodePathOf } from '../../src/sharing/mounted-places';
import { servedMemory } from '../../src/sharing/served-memory';
import { setOf } from '../rules/findings';

const mark = (side: string, more: object = {}) =>
  `cdk8s-shared-memory/contract.routes: '${JSON.stringify({
    apiVersion: 'cdk8s-shared-memory/v1',
    namespace: 'agents',
    version: 'v1',
    side,
    access: 'readOnly',
    memory: [
      { name: 'table', api: 'files', size: '1Mi', mountPath: '/run/routes', backing: 'directory' },
    ],
    containers: ['app'],
    ...more,
  })}'`;

const pod = (annotations: string, spec: string) => `apiVersion: v1
kind: Pod
metadata: { name: p, namespace: shop, annotations: { ${annotations} } }
spec: ${spec}
`;
const APP = '{ name: app, image: i, volumeMounts: [{ name: v, mountPath: /run/routes }] }';

function only(text: string) {
  const marked = new MarkedManifests(setOf(text));
  return { marked, markedPod: marked.pods[0] };
}

describe('a mount is declared by a mark', () => {
  const declares = (spec: string, index: number, more: object = {}) => {
    const { markedPod } = only(pod(mark('client', more), spec));
    return markedPod.declares(markedPod.pod.mounts[index]);
  };
  const WAIT = '{ name: wait, image: i, volumeMounts: [{ name: v, mountPath: /run/routes }] }';
  const volumes = 'volumes: [{ name: v, emptyDir: {} }, { name: w, emptyDir: {} }]';

  test('of the container that it names, and of another one with the same volume there', () => {
    expect(declares(`{ containers: [${APP}], ${volumes} }`, 0)).toBe(true);
    expect(declares(`{ initContainers: [${WAIT}], containers: [${APP}], ${volumes} }`, 0)).toBe(
      true,
    );
  });

  test('not of another volume, another path, or a container that nobody names', () => {
    const other = (mount: string) =>
      `{ containers: [${APP}, { name: b, image: i, volumeMounts: [${mount}] }], ${volumes} }`;
    expect(declares(other('{ name: w, mountPath: /run/routes }'), 1)).toBe(false);
    expect(declares(other('{ name: v, mountPath: /run/other }'), 1)).toBe(false);
    expect(declares(`{ containers: [${APP}], ${volumes} }`, 0, { containers: ['x'] })).toBe(false);
  });
});

describe('a pod shares with other pods of its node', () => {
  test.each<[string, string, string, boolean, boolean]>([
    [
      'with a mark of a client',
      mark('client'),
      '{ containers: [{ name: app, image: i }] }',
      true,
      true,
    ],
    [
      'with a mark of an agent',
      mark('agent'),
      '{ containers: [{ name: app, image: i }] }',
      true,
      true,
    ],
    [
      'not as a sidecar',
      mark('sidecar', { memory: [{ name: 'r', api: 'systemV', size: '1Mi', backing: 'pod' }] }),
      '{ containers: [{ name: app, image: i }] }',
      false,
      true,
    ],
    ['with hostIPC', '', '{ hostIPC: true, containers: [{ name: app, image: i }] }', true, true],
    [
      'with the /dev/shm of the node',
      '',
      `{ containers: [${APP}], volumes: [{ name: v, hostPath: { path: /dev/shm } }] }`,
      true,
      true,
    ],
    [
      'not with another directory',
      '',
      `{ containers: [${APP}], volumes: [{ name: v, hostPath: { path: /srv } }] }`,
      false,
      false,
    ],
    [
      'not with memory of its own',
      '',
      `{ containers: [${APP}], volumes: [{ name: v, emptyDir: { medium: Memory } }] }`,
      false,
      true,
    ],
    ['not with nothing', '', '{ containers: [{ name: app, image: i }] }', false, false],
  ])('%s', (_, annotations, spec, sharesOnNode, usesMemory) => {
    const { marked, markedPod } = only(pod(annotations, spec));
    expect([markedPod.sharesOnNode, markedPod.usesMemory]).toEqual([sharesOnNode, usesMemory]);
    expect(marked.sharing.length).toBe(usesMemory ? 1 : 0);
  });
});

test('paths of the node that are shared memory', () => {
  const paths = ['/dev/shm', '/dev/shm/a', '/dev/shmem', '/run/cdk8s-shared-memory/a.b', '/run'];
  expect(paths.map(isShared)).toEqual([true, true, false, true, false]);
  expect(paths.map(isBelowDevShm)).toEqual([false, true, false, false, false]);
});

test('hostPath volumes with their types; what is none is left out', () => {
  const { markedPod } = only(
    pod(
      '',
      '{ containers: [{ name: app, image: i }], volumes: [{ name: a, hostPath: { path: /x, type: File } }, { name: b, hostPath: { path: /y } }, { name: c, emptyDir: {} }, { name: d, hostPath: { path: 1 } }] }',
    ),
  );
  expect(markedPod.hostPaths.map(({ path, type }) => [path, type])).toEqual([
    ['/x', 'File'],
    ['/y', ''],
  ]);
});

test('uses: each container that a mark names, with its mount at the path, or none', () => {
  const uses = (containers: string[], more: object = {}) => {
    const { markedPod } = only(
      pod(
        mark('client', { containers, ...more }),
        `{ containers: [${APP}, { name: b, image: i }], volumes: [{ name: v, emptyDir: {} }] }`,
      ),
    );
    return markedPod.uses.map(({ container, mount }) => [container.name, mount?.at]);
  };
  expect(uses(['app', 'b', 'gone'])).toEqual([
    ['app', '/run/routes'],
    ['b', undefined],
  ]);
  const systemV = { memory: [{ name: 'r', api: 'systemV', size: '1Mi', backing: 'hostIpc' }] };
  expect(uses(['app'], systemV)).toEqual([['app', undefined]]);
});

describe('marks of a set', () => {
  const agent = pod(
    mark('agent'),
    `{ containers: [${APP}], volumes: [{ name: v, hostPath: { path: /run/cdk8s-shared-memory/agents.routes/v1/table } }] }`,
  ).replace('name: p', 'name: agent');

  test('agents and the directories that they serve, by contract and namespace', () => {
    const { marked } = only(
      [
        agent,
        pod(mark('client'), `{ containers: [${APP}] }`),
        pod(mark('client', { namespace: 'other' }), `{ containers: [${APP}] }`).replace(
          'name: p',
          'name: q',
        ),
      ].join('---\n'),
    );
    const [first, , third] = marked.pods.map(({ marks }) => marks[0]);
    expect(marked.agentsOf(first)).toHaveLength(1);
    expect(marked.agentsOf(third)).toEqual([]);
    expect(marked.servingNamespaces('routes')).toEqual(['agents']);
    expect(marked.servingNamespaces('flags')).toEqual([]);
    expect(marked.contracts.map(parties => parties.length)).toEqual([2, 1]);
    expect(servedMemory(marked, first, 'table')).toEqual({
      directories: ['/run/cdk8s-shared-memory/agents.routes/v1/table'],
      moved: [],
    });
    expect(servedMemory(marked, first, 'rows')).toEqual({ directories: [], moved: [] });
  });

  test('annotations that cannot be read, marks and others, each with the reason', () => {
    const { marked } = only(
      pod(
        `cdk8s-shared-memory/contract.a: 'x', cdk8s-shared-memory/wave: '{}', other: '{}'`,
        '{ containers: [{ name: app, image: i }] }',
      ),
    );
    expect(marked.unreadable.map(({ annotation }) => annotation)).toEqual([
      'cdk8s-shared-memory/contract.a',
      'cdk8s-shared-memory/wave',
    ]);
    expect(
      only('apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [] }\n').marked
        .unreadable,
    ).toEqual([]);
  });
});

describe('the directory behind a claim', () => {
  const claim = (volume: string, subPath = '') => {
    const { marked, markedPod } = only(
      `${pod(
        '',
        `{ containers: [{ name: app, image: i, volumeMounts: [{ name: v, mountPath: /v${subPath} }] }], volumes: [{ name: v, persistentVolumeClaim: { claimName: c } }] }`,
      )}---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: c, namespace: shop }
spec: { volumeName: pv }
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: pv }
spec: ${volume}
`,
    );
    return nodePathOf(mountedPlace(marked.set, markedPod.pod, markedPod.pod.mounts[0]));
  };

  test('is that of the volume, with the part that is mounted', () => {
    expect(claim('{ local: { path: /run/a } }')).toBe('/run/a');
    expect(claim('{ hostPath: { path: /run/a/ } }', ', subPath: b')).toBe('/run/a/b');
    expect(claim('{ csi: {} }')).toBeUndefined();
  });
});
