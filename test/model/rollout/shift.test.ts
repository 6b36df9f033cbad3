import * as fc from 'fast-check';
import { shiftEdit, split } from '../../../src/model/rollout/shift';

test('its sum is always right, and neither side gets none by rounding', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 500 }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (replicas, percent) => {
        const { from, to } = split(replicas, percent);
        expect(from + to).toBe(replicas);
        expect([from > 0, to > 0]).toEqual([percent < 100, percent > 0]);
        expect(Math.abs(to - (replicas * percent) / 100)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('the reason of the replicas says whether they are rounded', () => {
  const reasons = (replicas: number, percent: number) => {
    const spec = { contract: 'routes', from: 'old', to: 'new', replicas, shifted: percent };
    return (['from', 'to'] as const).flatMap(side =>
      shiftEdit(spec, side, '/spec/template').operations.flatMap(each =>
        each.do === 'set' ? [each.reason] : [],
      ),
    );
  };
  expect(reasons(8, 25)).toEqual([
    'WorkloadShift old to new: 6 of 8, because 75% of the workload runs with the agent inside',
    'WorkloadShift old to new: 2 of 8, because 25% of the workload runs without its own agent',
  ]);
  expect(reasons(3, 25)).toEqual([
    'WorkloadShift old to new: 2 of 3, the nearest to the 75% of the workload that is to run with the agent inside',
    'WorkloadShift old to new: 1 of 3, the nearest to the 25% of the workload that is to run without its own agent',
  ]);
});
