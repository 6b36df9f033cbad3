import { edit, pod } from './edited-pod';
import { apply } from '../../src/wire/apply';
import type { Edit } from '../../src/wire/edit';

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

test('a limit that holds the shared bytes says for whom', () => {
  const { reasons } = apply(
    pod({ containers: [{ name: 'm', image: 'i', resources: { limits: { memory: '1Mi' } } }] }),
    [edit({ do: 'memory', containers: ['m'], bytes: 1024, add: false, reason: 'pays' })],
  );
  expect([...reasons]).toEqual([['/spec/containers/0/resources/limits/memory', ['pays']]]);
});
