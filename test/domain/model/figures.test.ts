import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { calibrationError } from '../../../src/domain/model/calibration-error.ts';
import { liftAtTenth } from '../../../src/domain/model/lift.ts';
import { prAuc, rocAuc } from '../../../src/domain/model/roc.ts';
import { brier, logLoss } from '../../../src/domain/model/scores.ts';

const close = (actual: number, expected: number, within = 1e-12): void => assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

/** Small whole numbers, so ties are common, with both classes present. */
const judged = fc.array(fc.tuple(fc.integer({ min: -8, max: 8 }), fc.constantFrom(0, 1)), { minLength: 2, maxLength: 60 })
  .filter((rows) => new Set(rows.map(([, label]) => label)).size === 2)
  .map((rows) => ({ scores: rows.map(([score]) => score), labels: rows.map(([, label]) => label) }));

describe('ROC-AUC', () => {
  it('has scikit-learn\'s values, with and without ties', () => {
    close(rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 0.75);
    close(rocAuc([0.1, 0.5, 0.5, 0.5, 0.9], [0, 1, 0, 1, 1]), 5 / 6);
    close(rocAuc([3, 3, 3], [1, 0, 1]), 0.5);
  });
  it('is the share of pairs ranked rightly, ties as half', () => {
    fc.assert(fc.property(judged, ({ scores, labels }) => {
      const pairs = scores.flatMap((a, i) => scores.flatMap((b, j) => (labels[i] === 1 && labels[j] === 0 ? [a > b ? 1 : a === b ? 0.5 : 0] : [])));
      close(rocAuc(scores, labels), pairs.reduce<number>((sum, won) => sum + won, 0) / pairs.length);
    }));
  });
  it('does not change under a rising transform', () => {
    fc.assert(fc.property(judged, ({ scores, labels }) => assert.equal(rocAuc(scores.map((score) => Math.exp(score) - 7), labels), rocAuc(scores, labels))));
  });
  it('of turned scores is 1 minus itself', () => {
    fc.assert(fc.property(judged, ({ scores, labels }) => close(rocAuc(scores.map((score) => -score), labels), 1 - rocAuc(scores, labels))));
  });
  it('is not a number when a class is missing, and refuses scores that are none', () => {
    assert.ok(Number.isNaN(rocAuc([1, 2], [1, 1])));
    assert.throws(() => rocAuc([1, NaN], [1, 0]), { code: 'bad-argument' });
    assert.throws(() => rocAuc([1, 2, 3], [1, 0]), { code: 'bad-argument' });
  });
});

describe('PR-AUC, lift and their base lines', () => {
  it('average precision has scikit-learn\'s values', () => {
    close(prAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 5 / 6);
    close(prAuc([0.1, 0.5, 0.5, 0.5, 0.9], [0, 1, 0, 1, 1]), 1 / 3 + (2 / 3) * (3 / 4));
  });
  it('scores that say nothing give the base rate and a lift of 1', () => {
    close(prAuc([1, 1, 1, 1], [1, 0, 0, 0]), 0.25);
    close(liftAtTenth(new Float64Array(25), Uint8Array.from({ length: 25 }, (_, i) => (i < 7 ? 1 : 0))), 1);
  });
  it('lift is the precision of the top tenth over the base rate', () => {
    const scores = Float64Array.from({ length: 20 }, (_, i) => i);
    close(liftAtTenth(scores, scores.map((i) => (i >= 10 ? 1 : 0))), 2);
    close(liftAtTenth(scores, scores.map((i) => (i % 2))), 1);
    // A tenth of 15 rows is 1.5 rows: the first is positive, of the second half counts and is not.
    close(liftAtTenth(scores.subarray(0, 15), scores.subarray(0, 15).map((i) => (i === 14 || i < 2 ? 1 : 0))), (1 / 1.5) / (3 / 15));
  });
});

describe('log-loss, Brier and calibration error', () => {
  it('have scikit-learn\'s values', () => {
    close(logLoss([0.9, 0.1, 0.2, 0.65], [1, 0, 0, 1]), 0.2161618746, 1e-9);
    close(brier([0.1, 0.9, 0.8, 0.3], [0, 1, 1, 0]), 0.0375);
    assert.ok(Number.isFinite(logLoss([0, 1], [1, 0])));
  });
  it('the calibration error is the mean gap of ten bins of equal mass', () => {
    const probabilities = Float64Array.from({ length: 20 }, (_, i) => Math.floor(i / 2) / 10 + 0.05);
    // Each bin holds two rows, one of them positive: its rate is 0.5.
    const expected = [0.45, 0.35, 0.25, 0.15, 0.05, 0.05, 0.15, 0.25, 0.35, 0.45].reduce((a, b) => a + b) / 10;
    close(calibrationError(probabilities, probabilities.map((_, i) => i % 2)), expected);
    close(calibrationError([0.8, 0.8, 0.8, 0.8], [1, 0, 1, 0]), 0.3);
    close(calibrationError([0.5, 0.5], [1, 0]), 0);
  });
  it('no figure depends on the order of the rows', () => {
    fc.assert(fc.property(judged, fc.nat(), ({ scores, labels }, turn) => {
      const moved = <T,>(rows: T[]): T[] => [...rows.slice(turn % rows.length), ...rows.slice(0, turn % rows.length)].reverse();
      const probabilities = scores.map((score) => (score + 9) / 18);
      for (const figure of [rocAuc, prAuc, liftAtTenth, calibrationError]) close(figure(moved(probabilities), moved(labels)), figure(probabilities, labels));
    }));
  });
});
