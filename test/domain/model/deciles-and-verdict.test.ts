import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decileOf, decileThresholds } from '../../../src/domain/model/deciles.ts';
import { evidenceOf } from '../../../src/domain/model/evidence.ts';
import { decide } from '../../../src/domain/model/gate.ts';
import { allAtOnce } from '../../../src/domain/model/in-pieces.ts';
import { defaultGateSettings } from '../../../src/domain/model/gate-report.ts';
import { modelCardOf, writeModelCard } from '../../../src/domain/model/model-card.ts';
import { verdictOf } from '../../../src/domain/model/verdict.ts';
import { recipe, rowsOf } from './worlds.ts';

const probabilities = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 80 }).map((values) => Float64Array.from(values, (value) => value / 40));

const decilesOf = (week: Float64Array): number[] => Array.from(week, (probability) => decileOf(probability, decileThresholds(week)));

describe('deciles', () => {
  it('split a week into ten equal parts, 10 the most likely to churn', () => {
    assert.deepEqual(decilesOf(Float64Array.from({ length: 20 }, (_, i) => i / 20)), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10]);
    assert.deepEqual(decilesOf(Float64Array.of(0.9, 0.1, 0.5)), [7, 1, 4]);
    assert.deepEqual(decilesOf(new Float64Array(5)), [1, 1, 1, 1, 1]);
    assert.deepEqual(decilesOf(new Float64Array()), []);
    assert.throws(() => decilesOf(Float64Array.of(0.1, NaN)), { code: 'bad-argument' });
  });
  it('are 1 + ⌊10 · smaller / n⌋, so they follow from the values alone, one person at a time too', () => {
    fc.assert(fc.property(probabilities, (week) => {
      const thresholds = decileThresholds(week);
      week.forEach((value) => assert.equal(decileOf(value, thresholds), 1 + Math.floor((10 * week.filter((other) => other < value).length) / week.length)));
    }));
  });
});

describe('the verdict of a week', () => {
  it('judges what was said against what happened, in a sentence', () => {
    const verdict = verdictOf({ week: '2011-W36', horizonDays: 60, probabilities: Float64Array.of(0.1, 0.4, 0.35, 0.8), labels: Uint8Array.of(0, 0, 1, 1) });
    assert.equal(verdict.rocAuc, 0.75);
    assert.equal(verdict.baseRate, 0.5);
    assert.match(verdict.sentence, /^2011-W36 after 60 days: 50\.0 % of 4 people churned \(41\.3 % predicted\); AUC 0\.750, calibration error 0\.\d{3}\.$/);
  });
  it('leaves out what the outcomes do not define', () => {
    const alike = verdictOf({ week: '2011-W36', horizonDays: 60, probabilities: Float64Array.of(0.1, 0.4), labels: Uint8Array.of(0, 0) });
    assert.equal(alike.rocAuc, null);
    assert.match(alike.sentence, /no AUC, as all fared alike/);
    const nobody = verdictOf({ week: '2011-W36', horizonDays: 60, probabilities: new Float64Array(), labels: new Uint8Array() });
    assert.equal(nobody.baseRate, null);
    assert.match(nobody.sentence, /nobody had been scored/);
    assert.throws(() => verdictOf({ week: '2011-W36', horizonDays: 60, probabilities: Float64Array.of(1), labels: new Uint8Array() }), { code: 'bad-argument' });
  });
});

describe('the model card', () => {
  const logistic = recipe('logistic');
  const report = allAtOnce(decide({
    evidence: evidenceOf(rowsOf({ people: 60, seed: 1, noise: { recency: 3, logistic: 0.3 } })), baseline: 'recency', challengers: [logistic], champion: null,
    singleFeatureAuc: {}, settings: { ...defaultGateSettings, replicates: 50 },
  }));
  const input = {
    property: 'shop', dataCut: { week: '2011-W36', asOf: '2011-09-12T00:00:00Z' }, horizonDays: 60, featureListVersion: 1, features: ['days_since_last'],
    result: { libtensorflow: '2.13.1', datasetRows: 900 },
    model: { recipe: logistic, weightHash: 'ab', parameters: 2, trainingRows: 800, calibration: { slope: 1, intercept: 0 } },
    report,
  };
  it('is the same bytes for the same model and reads back whole', () => {
    const text = writeModelCard(modelCardOf(input));
    assert.equal(writeModelCard(modelCardOf({ ...input })), text);
    assert.deepEqual(JSON.parse(text), modelCardOf(input));
    assert.deepEqual(JSON.parse(text).metrics, report.metrics['logistic']);
    assert.deepEqual({ ...JSON.parse(text), recipe: null, evidence: null, metrics: null }, {
      property: 'shop', dataCut: { week: '2011-W36', asOf: '2011-09-12T00:00:00Z' }, horizonDays: 60, featureListVersion: 1, features: ['days_since_last'],
      recipe: null, weightHash: 'ab', parameters: 2, libtensorflow: '2.13.1', datasetRows: 900, trainingRows: 800, calibration: { slope: 1, intercept: 0 },
      evidence: null, metrics: null, gate: { outcome: report.outcome, challenger: report.challenger },
    });
  });
  it('is refused for a model with a number that is not finite', () => {
    assert.throws(() => modelCardOf({ ...input, model: { ...input.model, calibration: { slope: NaN, intercept: 0 } } }), { code: 'training-failed' });
  });
});
