import fc from 'fast-check';
import { attached, CASES, specOf } from './injected-contracts';
import { randomPod } from './random-pods';
import { Access, ClientInjection, type AgentContract } from '../../../src';
import type { JsonObject } from '../../../src/kube/json';
import { mutated, refusals } from '../../kubernetes/cel';
import { chart, rendered } from '../../yaml';

/** The policies for one access, as rendered. */
function policiesOf(of: AgentContract, access: Access) {
  const c = chart();
  new ClientInjection(c, 'join', { contract: of, namespaces: ['shop'], access });
  const suffix = access === Access.READ_WRITE ? '-rw' : '-ro';
  const find = (kind: string) =>
    rendered(c, kind).find(({ metadata: { name } }) => name.endsWith(suffix));
  return { wires: find('MutatingAdmissionPolicy'), checks: find('ValidatingAdmissionPolicy') };
}

describe.each(CASES)('$name, $access', ({ contract: of, access, claim }) => {
  const { wires, checks } = policiesOf(of, access);

  test('admission makes of a pod what attachTo makes of it, and refuses what it refuses', () => {
    let [wired, refused] = [0, 0];
    fc.assert(
      fc.property(randomPod(claim), pod => {
        const expected = attached(of, access, pod);
        const result = mutated(wires, pod) as JsonObject;
        const messages = refusals(checks, result);
        if (expected.problems.length > 0) {
          refused += 1;
          expect(result).toEqual(pod);
          expect(messages[0]).not.toContain('not wired as its label asks');
        } else {
          wired += 1;
          expect(messages).toEqual([]);
          expect(specOf(result)).toEqual(specOf(expected.json));
          expect(mutated(wires, result)).toEqual(result);
        }
      }),
      { numRuns: 120 },
    );
    expect(wired).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });
});
