import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { fitCalibration, identityCalibration, sigmoid } from '../../../src/domain/model/calibration.ts';

/** Rows whose true probability is sigmoid(slope · logit + intercept). */
function drawn(slope: number, intercept: number, count = 20_000): { logits: number[]; labels: number[] } {
  const random = xoroshiro128plus(3);
  const logits = Array.from({ length: count }, () => (uniformFloat64(random) - 0.5) * 6);
  return { logits, labels: logits.map((logit) => (uniformFloat64(random) < sigmoid(slope * logit + intercept) ? 1 : 0)) };
}

test('calibration finds the slope and intercept that made the labels', () => {
  const { logits, labels } = drawn(0.6, -0.4);
  const { slope, intercept } = fitCalibration(logits, labels);
  assert.ok(Math.abs(slope - 0.6) < 0.03, `slope ${slope}`);
  assert.ok(Math.abs(intercept + 0.4) < 0.05, `intercept ${intercept}`);
});

test('calibrated probabilities have the mean of the labels', () => {
  const { logits, labels } = drawn(1.5, 1);
  const { slope, intercept } = fitCalibration(logits, labels);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(Math.abs(mean(logits.map((logit) => sigmoid(slope * logit + intercept))) - mean(labels)) < 1e-3);
});

test('a model worse than chance keeps its ranking', () => {
  const { logits, labels } = drawn(-1, 0.5);
  const { slope, intercept } = fitCalibration(logits, labels);
  assert.equal(slope, 0.01);
  assert.ok(intercept > 0.3 && intercept < 0.6, `intercept ${intercept}`);
});

test('one label, or no rows, leaves the model as it is', () => {
  assert.deepEqual(fitCalibration([1, 2], [1, 1]), identityCalibration);
  assert.deepEqual(fitCalibration([], []), identityCalibration);
});

test('separable and extreme logits stay finite', () => {
  const { slope, intercept } = fitCalibration([-800, -1, 1, 800], [0, 0, 1, 1]);
  assert.ok(Number.isFinite(slope) && Number.isFinite(intercept) && slope > 0);
  assert.deepEqual([sigmoid(-800), sigmoid(0), sigmoid(800)], [0, 0.5, 1]);
});

test('equal logits give the share of churned, smoothed by Platt', () => {
  const { slope, intercept } = fitCalibration([2, 2, 2, 2], [1, 0, 0, 0]);
  assert.ok(Math.abs(sigmoid(slope * 2 + intercept) - (2 / 3 + 3 / 5) / 4) < 1e-6);
});
