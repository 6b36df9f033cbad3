import * as fc from 'fast-check';
import { edit, pod } from './edited-pod';
import { at, equal, keysOf } from '../../src/kube/json';
import { apply } from '../../src/wire/apply';
import type { Operation } from '../../src/wire/edit';

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
