import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bootstrap, differenceOf, estimateOf } from '../../../src/domain/model/bootstrap.ts';
import { allAtOnce } from '../../../src/domain/model/in-pieces.ts';
import { numbersOf } from './worlds.ts';

const meanOf = (values: Float64Array) => (weights: Int32Array): number[] => [values.reduce((sum, value, unit) => sum + value * weights[unit]!, 0) / values.length];

describe('the bootstrap', () => {
  const next = numbersOf(11);
  const values = new Float64Array(400).map(() => next());

  it('finds the standard error of a mean and an interval around it', () => {
    const { value, low, high, standardError } = estimateOf(0.5, allAtOnce(bootstrap(400, meanOf(values), 1000, 1))[0]!);
    const expected = Math.sqrt(1 / 12 / 400);
    assert.equal(value, 0.5);
    assert.ok(Math.abs(standardError! / expected - 1) < 0.1);
    assert.ok(Math.abs((high! - low!) / (2 * 1.96 * expected) - 1) < 0.15);
  });
  it('draws as many units as there are, the same for the same seed', () => {
    const drawn = allAtOnce(bootstrap(30, (weights) => [weights.reduce((sum, weight) => sum + weight, 0), weights[0]!], 50, 3));
    assert.ok(drawn[0]!.every((total) => total === 30));
    assert.deepEqual(allAtOnce(bootstrap(30, (weights) => [weights[0]!], 50, 3))[0], drawn[1]);
    assert.notDeepEqual(allAtOnce(bootstrap(30, (weights) => [weights[0]!], 50, 4))[0], drawn[1]);
  });
  it('stops after each replicate, so that it need not be done in one go', () => {
    const work = bootstrap(30, (weights) => [weights[0]!], 50, 3);
    let pieces = 0;
    for (let piece = work.next(); !piece.done; piece = work.next()) pieces += 1;
    assert.equal(pieces, 50);
  });
  it('pairs differences: what two figures share cancels', () => {
    const [a, b] = allAtOnce(bootstrap(400, (weights) => [meanOf(values)(weights)[0]! + 0.1, meanOf(values)(weights)[0]!], 200, 1));
    const { low, high } = differenceOf(0.1, a!, b!);
    assert.ok(Math.abs(low! - 0.1) < 1e-9 && Math.abs(high! - 0.1) < 1e-9);
  });
  it('gives no interval where most replicates do not define the figure', () => {
    assert.deepEqual(estimateOf(0.7, Float64Array.of(NaN, NaN, 0.7)), { value: 0.7, low: null, high: null, standardError: null });
    assert.equal(estimateOf(NaN, Float64Array.of(1, 2)).value, null);
  });
});
