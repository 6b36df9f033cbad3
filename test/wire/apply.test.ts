import * as fc from 'fast-check';
import { at, equal, keysOf, type JsonObject } from '../../src/kube/json';
import { apply } from '../../src/wire/apply';
import type { Edit, Operation } from '../../src/wire/edit';

const pod = (spec: object = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'm', image: 'i' }], ...spec },
});
const edit = (...operations: Operation[]): Edit => ({
  owner: 'contract routes',
  key: JSON.stringify(operations),
  template: '',
  operations,
});
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

test('limits count what all owners let a container pay, and a pod-level limit where it has none', () => {
  const pays = (bytes: number): Edit =>
    edit({ do: 'memory', containers: 'only', bytes, reason: `holds ${bytes}` });
  const limit = (memory: string) => ({
    containers: [{ name: 'm', image: 'i', resources: { limits: { memory } } }],
  });
  const mebibyte = 1024 * 1024;
  expect(apply(pod(limit('96Mi')), [pays(64 * mebibyte)]).problems).toEqual([]);
  expect(
    apply(pod(limit('96Mi')), [pays(64 * mebibyte), pays(mebibyte)]).problems.map(p => p.fix),
  ).toEqual(['write a memory limit of 97Mi or more']);
  expect(
    apply(pod({ resources: { limits: { memory: '96Mi' } } }), [pays(64 * mebibyte)]).problems,
  ).toEqual([]);
  expect(
    apply(pod({ resources: { limits: { memory: '95Mi' } } }), [pays(64 * mebibyte)]).problems.map(
      p => p.given,
    ),
  ).toEqual(['95Mi']);
});

test('fails where a memory limit, or a capability, is no scalar, and shows it', () => {
  const unspeakable = { toString: false, valueOf: 0 };
  const pays = (add: boolean) =>
    edit({ do: 'memory', containers: 'only', bytes: 1, add, reason: 'r' });
  const limited = pod({
    containers: [{ name: 'm', image: 'i', resources: { limits: { memory: unspeakable } } }],
  });
  for (const add of [true, false]) {
    expect(apply(limited, [pays(add)]).problems.map(p => [p.code, p.given])).toEqual([
      ['SHM013', JSON.stringify(unspeakable)],
    ]);
  }
  const user = edit({
    do: 'runAs',
    containers: 'only',
    field: 'runAsUser',
    id: 7,
    orRoot: true,
    why: 'w',
    reason: 'r',
  });
  const root = pod({
    containers: [
      {
        name: 'm',
        image: 'i',
        securityContext: { runAsUser: 0, capabilities: { add: [unspeakable], drop: ['ALL'] } },
      },
    ],
  });
  expect(apply(root, [user]).problems.map(p => [p.code, p.given])).toEqual([
    ['SHM010', '0, written by the workload itself'],
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

// Random pods and edits: whatever is there stays, and edits do not depend on each other.
const name = fc.constantFrom('a', 'b', 'c');
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    do: fc.constant('set' as const),
    in: fc.constant('pod' as const),
    path: fc.tuple(fc.constantFrom('nodeSelector', 'securityContext'), name),
    value: fc.constantFrom('x', 'y', true),
    reason: name,
  }),
  fc.record({
    do: fc.constant('include' as const),
    in: fc.constant('pod' as const),
    path: fc.constant(['tolerations']),
    item: fc.record({ key: name }),
    reason: name,
  }),
  fc.record({
    do: fc.constant('volume' as const),
    volume: fc.record({ name, emptyDir: fc.constant({}) }),
    mounts: fc.array(
      fc.record({
        containers: fc.constant('only' as const),
        mountPath: fc.constantFrom('/a', '/b', '/a/'),
        reason: name,
      }),
      { maxLength: 2 },
    ),
    reason: name,
  }),
);
const edits = fc.array(operation, { maxLength: 6 }).map(operations => operations.map(o => edit(o)));
const misfit = fc.constantFrom('text', 7, true, null);
const pods = fc
  .record({
    nodeSelector: fc.oneof(
      { weight: 5, arbitrary: fc.dictionary(name, fc.constantFrom('x', 'y'), { maxKeys: 2 }) },
      misfit,
    ),
    securityContext: fc.oneof(
      {
        weight: 5,
        arbitrary: fc.dictionary(name, fc.constantFrom('x', false, true), { maxKeys: 2 }),
      },
      misfit,
    ),
    tolerations: fc.oneof(
      { weight: 5, arbitrary: fc.array(fc.record({ key: name }), { maxLength: 2 }) },
      misfit,
    ),
    volumes: fc.uniqueArray(
      fc.record({ name, emptyDir: fc.constantFrom({}, { medium: 'Memory' }) }),
      { maxLength: 2, selector: v => v.name },
    ),
  })
  .map(pod);

test('the rendered object stays as it is: what was edited is a copy', () => {
  fc.assert(
    fc.property(pods, edits, (object, list) => {
      const before = structuredClone(object);
      apply(object, list);
      expect(object).toEqual(before);
    }),
  );
});

test('edits keep every value that was there, or say that they cannot', () => {
  fc.assert(
    fc.property(pods, edits, (object, list) => {
      const { json, problems } = apply(object, list);
      for (const [place, value] of leaves(object)) {
        const now = at(json, ...place);
        expect(equal(now, value) || (value === false && now === true) || value === null).toBe(true);
      }
      for (const p of problems) {
        expect([p.code, p.field !== '', p.given !== '', p.fix !== '']).toEqual([
          expect.stringMatching(/^SHM0\d\d$/),
          true,
          true,
          true,
        ]);
      }
    }),
  );
});

test('edits once more change nothing, and every reason has its field', () => {
  fc.assert(
    fc.property(pods, edits, (object, list) => {
      const first = apply(object, list);
      if (first.problems.length > 0) {
        return;
      }
      for (const place of first.reasons.keys()) {
        expect(at(first.json, ...keysOf(place))).not.toBeUndefined();
      }
      expect(apply(first.json, list)).toMatchObject({ json: first.json, problems: [] });
      expect(equal(apply(object, [...list, ...list]).json, first.json)).toBe(true);
    }),
  );
});

function leaves(value: unknown, place: (string | number)[] = []): [(string | number)[], unknown][] {
  if (typeof value !== 'object' || value === null) {
    return [[place, value]];
  }
  return Object.entries(value).flatMap(([key, child]) => leaves(child, [...place, key]));
}

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

test('a limit that holds the shared bytes says for whom', () => {
  const { reasons } = apply(
    pod({ containers: [{ name: 'm', image: 'i', resources: { limits: { memory: '1Mi' } } }] }),
    [edit({ do: 'memory', containers: ['m'], bytes: 1024, add: false, reason: 'pays' })],
  );
  expect([...reasons]).toEqual([['/spec/containers/0/resources/limits/memory', ['pays']]]);
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
