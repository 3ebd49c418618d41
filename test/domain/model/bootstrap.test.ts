import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bootstrap, differenceOf, estimateOf } from '../../../src/domain/model/bootstrap.ts';
import { numbersOf } from './worlds.ts';

const meanOf = (values: Float64Array) => (weights: Int32Array): number[] => [values.reduce((sum, value, unit) => sum + value * weights[unit]!, 0) / values.length];

describe('the bootstrap', () => {
  const next = numbersOf(11);
  const values = new Float64Array(400).map(() => next());

  it('finds the standard error of a mean and an interval around it', () => {
    const { value, low, high, standardError } = estimateOf(0.5, bootstrap(400, meanOf(values), 1000, 1)[0]!);
    const expected = Math.sqrt(1 / 12 / 400);
    assert.equal(value, 0.5);
    assert.ok(Math.abs(standardError! / expected - 1) < 0.1);
    assert.ok(Math.abs((high! - low!) / (2 * 1.96 * expected) - 1) < 0.15);
  });
  it('draws as many units as there are, the same for the same seed', () => {
    const drawn = bootstrap(30, (weights) => [weights.reduce((sum, weight) => sum + weight, 0), weights[0]!], 50, 3);
    assert.ok(drawn[0]!.every((total) => total === 30));
    assert.deepEqual(bootstrap(30, (weights) => [weights[0]!], 50, 3)[0], drawn[1]);
    assert.notDeepEqual(bootstrap(30, (weights) => [weights[0]!], 50, 4)[0], drawn[1]);
  });
  it('pairs differences: what two figures share cancels', () => {
    const [a, b] = bootstrap(400, (weights) => [meanOf(values)(weights)[0]! + 0.1, meanOf(values)(weights)[0]!], 200, 1);
    const { low, high } = differenceOf(0.1, a!, b!);
    assert.ok(Math.abs(low! - 0.1) < 1e-9 && Math.abs(high! - 0.1) < 1e-9);
  });
  it('gives no interval where most replicates do not define the figure', () => {
    assert.deepEqual(estimateOf(0.7, Float64Array.of(NaN, NaN, 0.7)), { value: 0.7, low: null, high: null, standardError: null });
    assert.equal(estimateOf(NaN, Float64Array.of(1, 2)).value, null);
  });
});
