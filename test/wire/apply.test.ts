import { edit, pod } from './edited-pod';
import { at, type JsonObject } from '../../src/kube/json';
import { apply } from '../../src/wire/apply';
import type { Edit, Operation } from '../../src/wire/edit';

const hostIpc: Operation = { do: 'set', in: 'pod', path: ['hostIPC'], value: true, reason: 'r' };

test('an absent field is set, with its reason', () => {
  const { json, reasons, problems } = apply(pod(), [edit(hostIpc)]);
  expect(at(json, 'spec', 'hostIPC')).toBe(true);
  expect([...reasons]).toEqual([['/spec/hostIPC', ['r']]]);
  expect(problems).toEqual([]);
});

test('false is the same as absent: cdk8s-plus prints it always', () => {
  expect(at(apply(pod({ hostIPC: false }), [edit(hostIpc)]).json, 'spec', 'hostIPC')).toBe(true);
});

test('equal is fine', () => {
  const { problems, reasons } = apply(pod({ hostIPC: true }), [edit(hostIpc)]);
  expect([problems, reasons.get('/spec/hostIPC')]).toEqual([[], ['r']]);
});

test('fails with both owners where two edits disagree', () => {
  const set = (owner: string, value: string): Edit => ({
    ...edit({ do: 'set', in: 'pod', path: ['nodeSelector', 'k'], value, reason: 'r' }),
    owner,
  });
  expect(apply(pod(), [set('contract a', 'x'), set('contract b', 'y')]).problems).toEqual([
    {
      code: 'SHM010',
      field: 'spec.nodeSelector.k',
      given: '"x", written by contract a',
      allowed: '"y", which contract b needs',
      fix: 'remove it, or write "y"',
      owners: ['contract b', 'contract a'],
    },
  ]);
});

test('items are appended once, whatever the order of their keys', () => {
  const include: Operation = {
    do: 'include',
    in: 'pod',
    path: ['tolerations'],
    item: { key: 'k', operator: 'Exists' },
    reason: 'r',
  };
  const { json, reasons } = apply(
    pod({ tolerations: [{ key: 'own' }, { operator: 'Exists', key: 'k' }] }),
    [edit(include)],
  );
  expect(at(json, 'spec', 'tolerations')).toEqual([
    { key: 'own' },
    { operator: 'Exists', key: 'k' },
  ]);
  expect([...reasons.keys()]).toEqual(['/spec/tolerations/1']);
});

test.each([
  [undefined, 'v'],
  ['', 'v'],
  ['v', 'v'],
  ['a', 'a,v'],
  ['a, v', 'a, v'],
  ['a,b', 'a,b,v'],
])('an item joins the text %p as %p', (there, expected) => {
  const include: Operation = {
    do: 'include',
    in: 'object',
    path: ['metadata', 'annotations', 'list'],
    item: 'v',
    separator: ',',
    reason: 'r',
  };
  const object = pod();
  if (there !== undefined) {
    (object.metadata as JsonObject).annotations = { list: there };
  }
  expect(at(apply(object, [edit(include)]).json, 'metadata', 'annotations', 'list')).toBe(expected);
});

test('what is no object in a list does not move the place of a volume and its mount', () => {
  const own = {
    volumes: [null, { name: 'v', emptyDir: {} }],
    containers: [{ name: 'm', image: 'i', volumeMounts: [null, { name: 'v', mountPath: '/v' }] }],
  };
  const volume: Operation = {
    do: 'volume',
    volume: { name: 'v', emptyDir: {} },
    mounts: [{ containers: 'only', mountPath: '/v', reason: 'm' }],
    reason: 'r',
  };
  const { json, problems, reasons } = apply(pod(own), [edit(volume)]);
  expect([json, problems]).toEqual([pod(own), []]);
  expect([...reasons]).toEqual([
    ['/spec/volumes/1', ['r']],
    ['/spec/containers/0/volumeMounts/1', ['m']],
  ]);
});

test('fails to include an item in what is no list', () => {
  const include: Operation = {
    do: 'include',
    in: 'pod',
    path: ['tolerations'],
    item: 1,
    reason: 'r',
  };
  expect(apply(pod({ tolerations: 'all' }), [edit(include)]).problems.map(p => p.code)).toEqual([
    'SHM010',
  ]);
});

test('init containers come before those of the workload, in the order of the edits', () => {
  const init = (name: string): Operation => ({
    do: 'initContainer',
    container: { name, image: 'i' },
    reason: name,
  });
  const { json, reasons } = apply(pod({ initContainers: [{ name: 'own', image: 'i' }] }), [
    edit(init('a')),
    edit(init('b')),
  ]);
  expect((at(json, 'spec', 'initContainers') as JsonObject[]).map(c => c.name)).toEqual([
    'a',
    'b',
    'own',
  ]);
  expect([...reasons]).toEqual([
    ['/spec/initContainers/0', ['a']],
    ['/spec/initContainers/1', ['b']],
  ]);
});

test("keys that are added stand in cdk8s' order", () => {
  expect(Object.keys(apply(pod({ zone: 1 }), [edit(hostIpc)]).json.spec as JsonObject)).toEqual([
    'containers',
    'hostIPC',
    'zone',
  ]);
});

test('fails where PodSecurity.restricted() is contradicted, and fills in the rest', () => {
  const restrict = edit({ do: 'restrict', reason: 'r' });
  const { json, problems } = apply(
    pod({ containers: [{ name: 'm', image: 'i', securityContext: { privileged: true } }] }),
    [restrict],
  );
  expect(at(json, 'spec', 'securityContext')).toEqual({
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(problems.map(p => [p.code, p.field, p.given])).toEqual([
    ['SHM017', 'spec.containers[0].securityContext.privileged', 'true'],
  ]);
});

test.each([
  ['nodeSelector', 'all', 'an object'],
  ['tolerations', 'all', 'a list'],
  ['volumes', {}, 'a list'],
  ['initContainers', 7, 'a list'],
])('fails where %s is %p, and leaves it', (field, value, allowed) => {
  const all = edit(
    { do: 'set', in: 'pod', path: ['nodeSelector', 'k'], value: 'v', reason: 'r' },
    { do: 'include', in: 'pod', path: ['tolerations'], item: { key: 'k' }, reason: 'r' },
    { do: 'volume', volume: { name: 'v', emptyDir: {} }, mounts: [], reason: 'r' },
    { do: 'initContainer', container: { name: 'i', image: 'i' }, reason: 'r' },
  );
  const { json, problems } = apply(pod({ [field]: value }), [all]);
  expect(problems).toEqual([
    {
      code: 'SHM010',
      field: `spec.${field}`,
      given: `${JSON.stringify(value)}, written by the workload itself`,
      allowed: `${allowed}, to which contract routes can add`,
      fix: 'write the field as Kubernetes has it',
      owners: ['contract routes'],
    },
  ]);
  expect(at(json, 'spec', field)).toEqual(value);
});

test('a problem that several operations have is said once', () => {
  const mount = { containers: ['x'], mountPath: '/a', reason: 'r' };
  const twice = edit({
    do: 'volume',
    volume: { name: 'v', emptyDir: {} },
    mounts: [mount, { ...mount, mountPath: '/b' }],
    reason: 'r',
  });
  expect(apply(pod(), [twice]).problems.map(p => p.code)).toEqual(['SHM009']);
});

test('PodSecurity.restricted() leaves what the workload says itself', () => {
  const own = { type: 'Localhost', localhostProfile: 'profiles/web.json' };
  const { json, problems } = apply(
    pod({ securityContext: { runAsNonRoot: false, seccompProfile: own } }),
    [edit({ do: 'restrict', reason: 'r' })],
  );
  expect(at(json, 'spec', 'securityContext')).toEqual({ runAsNonRoot: false, seccompProfile: own });
  expect(problems.map(each => [each.code, each.field])).toEqual([
    ['SHM017', 'spec.containers[0].securityContext.runAsNonRoot'],
  ]);
});

test.each([
  ['a privileged container', { privileged: true, capabilities: { drop: ['ALL'] } }, []],
  ['a container that keeps DAC_OVERRIDE', {}, []],
  ['one that drops it', { capabilities: { drop: ['ALL'] } }, ['SHM010']],
  [
    'one that is not privileged',
    { privileged: false, capabilities: { drop: ['ALL'] } },
    ['SHM010'],
  ],
])('root reaches the memory of another user: %s', (_, context, codes) => {
  const { problems } = apply(
    pod({
      containers: [{ name: 'm', image: 'i', securityContext: { runAsUser: 0, ...context } }],
    }),
    [
      edit({
        do: 'runAs',
        containers: ['m'],
        field: 'runAsUser',
        id: 10001,
        orRoot: true,
        why: 'w',
        reason: 'r',
      }),
    ],
  );
  expect(problems.map(each => each.code)).toEqual(codes);
});

test('what is undefined in an added value is not printed as null, in lists too', () => {
  const value = [{ key: 'a', value: undefined }] as unknown as JsonObject[];
  const { json } = apply(pod(), [
    edit({ do: 'set', in: 'pod', path: ['tolerations'], value, reason: 'r' }),
  ]);
  expect(JSON.stringify(at(json, 'spec', 'tolerations'))).toBe('[{"key":"a"}]');
  expect(Object.keys(at(json, 'spec', 'tolerations', 0) as object)).toEqual(['key']);
});

test('"only" is the one ordinary container, whatever else the pod runs', () => {
  const tty: Operation = {
    do: 'set',
    in: { containers: 'only' },
    path: ['tty'],
    value: true,
    reason: 'r',
  };
  const others = pod({
    initContainers: [{ name: 'setup', image: 'i' }],
    ephemeralContainers: [{ name: 'debug', image: 'i' }],
  });
  const { json, problems } = apply(others, [edit(tty)]);
  expect([at(json, 'spec', 'containers', 0, 'tty'), problems]).toEqual([true, []]);
  const two = pod({ containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'c' }] });
  expect(apply(two, [edit(tty)]).problems.map(({ given, allowed }) => [given, allowed])).toEqual([
    ['nothing, for a pod with 2 containers', 'names of: a, b, c (init)'],
  ]);
});

test('a volume that replaces another one has one reason, which says what it replaced', () => {
  const own = {
    volumes: [{ name: 'old', emptyDir: { medium: 'Memory' } }],
    containers: [{ name: 'm', image: 'i', volumeMounts: [{ name: 'old', mountPath: '/v' }] }],
  };
  const { reasons } = apply(pod(own), [
    edit({
      do: 'volume',
      volume: { name: 'v', hostPath: { path: '/run/v' } },
      mounts: [{ containers: 'only', mountPath: '/v', reason: 'm' }],
      replaces: ['old'],
      reason: 'r',
    }),
  ]);
  expect([...reasons]).toEqual([
    ['/spec/volumes/0', ['r; replaces volume old, emptyDir {"medium":"Memory"}']],
    ['/spec/containers/0/volumeMounts/0', ['m']],
  ]);
});
