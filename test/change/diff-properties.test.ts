import * as fc from 'fast-check';
import { changesBetween } from '../../src/change/diff';
import { isObject, type Json } from '../../src/kube/json';
import type { DiffDocument } from '../../src/report/diff/diff-document';
import { json } from '../../src/report/diff/diff-json';
import { markdown } from '../../src/report/diff/diff-markdown';
import { text } from '../../src/report/diff/diff-text';
import { diffDocument } from '../../src/report/diff/worded-changes';
import { reversedKeys } from '../reversed-keys';
import { FILES, manifestsIn, spoiltFrom } from '../spoilt';

const diffOf = (...sides: Parameters<typeof changesBetween>) =>
  diffDocument(changesBetween(...sides));

const sideOf = (objects: readonly Json[]) => ({ manifests: manifestsIn(objects) });

/** Whatever is compared, it can be written. */
function compared(before: readonly Json[], after: readonly Json[]): DiffDocument {
  const found = diffOf(sideOf(before), sideOf(after));
  for (const written of [text(found, words => words), markdown(found), json(found)]) {
    expect(typeof written).toBe('string');
  }
  expect(text(found, words => words)).not.toMatch(/\n\n\n|undefined|\[object/);
  return found;
}

const without = ({ verdict: _, ...found }: DiffDocument) => found;

test('there are many', () => expect(FILES.flat().length).toBeGreaterThan(150));

test('a set is no different from itself, read again, with its keys in another order', () => {
  for (const objects of FILES) {
    const found = compared(objects, objects.map(reversedKeys));
    expect(found.verdict).toBe('no difference');
    expect(
      Object.values(without(found)).flatMap(part =>
        typeof part === 'string'
          ? []
          : Array.isArray(part)
            ? part
            : Object.values(part as object).flat(),
      ),
    ).toEqual([]);
  }
});

const sets = fc.array(fc.constantFrom(...FILES), { maxLength: 3 }).map(several => several.flat());

/** Of policies and of hardening, both are told in the words of the new state. */
const isOfPolicy = ({ kind }: { readonly kind: string }) => kind.startsWith('Validating');

test('what one way is gained, is lost the other way; what is new, is gone', () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const [there, back] = [compared(a, b), compared(b, a)];
      const keys = (list: DiffDocument['privileges']['gained']) =>
        list
          .map(({ of, container, what }) => [
            of,
            container,
            isOfPolicy(of) ? '' : what.replace(/^(no longer|now) has /, ''),
          ])
          .map(each => JSON.stringify(each))
          .sort();
      expect(keys(there.privileges.gained)).toEqual(keys(back.privileges.lost));
      expect(keys(there.privileges.lost)).toEqual(keys(back.privileges.gained));
      const containers = ({ containers: all }: DiffDocument, ...changes: string[]) =>
        all
          .filter(({ change }) => changes.includes(change))
          .map(({ change: _, lacks: __, ...each }) => JSON.stringify(each)) // of new ones alone
          .sort();
      expect(containers(there, 'added')).toEqual(containers(back, 'removed'));
      expect(containers(there, 'noLongerReaches')).toEqual(containers(back, 'reaches'));
      expect(there.objects.added.length).toBe(back.objects.gone.length);
      expect(there.memory.resources.map(({ from, to }) => [from, to])).toEqual(
        back.memory.resources.map(({ from, to }) => [to, from]),
      );
      expect(there.objects.changed.map(({ fields }) => [...fields].sort())).toEqual(
        back.objects.changed.map(({ fields }) => [...fields].sort()),
      );
    }),
    { numRuns: 400 },
  );
}, 120_000);

test('the order of the objects in a file makes no difference', () => {
  const shuffled = sets.chain(objects =>
    fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
  );
  fc.assert(
    fc.property(shuffled, sets, ([a, again], b) => {
      const unique = new Set(
        a.map(object => JSON.stringify(isObject(object) && [object.kind, object.metadata])),
      );
      fc.pre(unique.size === a.length);
      expect(without(diffOf(sideOf(a), sideOf(again)))).toMatchObject({
        pods: [],
        refused: [],
        objects: { added: [], gone: [], changed: [] },
      });
      expect(diffOf(sideOf(b), sideOf(again)).privileges).toEqual(
        diffOf(sideOf(b), sideOf(a)).privileges,
      );
    }),
    { numRuns: 200 },
  );
}, 120_000);

test('real manifests with another value in any field are compared all the same', () => {
  fc.assert(
    fc.property(spoiltFrom(FILES), ({ before, after }) => {
      compared(before, after);
      compared(after, before);
    }),
    { numRuns: 1000 },
  );
}, 240_000);
