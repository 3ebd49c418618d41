import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evidenceOf } from '../../../src/domain/model/evidence.ts';
import { decide, type GateInput } from '../../../src/domain/model/gate.ts';
import { allAtOnce } from '../../../src/domain/model/in-pieces.ts';
import { defaultGateSettings, summarise, type GateReport } from '../../../src/domain/model/gate-report.ts';
import type { WalkForwardRow } from '../../../src/domain/model/training.ts';
import { recipe, rowsOf } from './worlds.ts';

const judge = (rows: WalkForwardRow[], input: Partial<GateInput> = {}): GateReport => allAtOnce(decide({
  evidence: evidenceOf(rows), baseline: 'recency', challengers: [recipe('logistic')], champion: null,
  singleFeatureAuc: { days_since_last: 0.63 }, settings: { ...defaultGateSettings, replicates: 300 }, ...input,
}));
const codes = (report: GateReport): string[] => report.reasons.map((reason) => reason.code);
const names = { week: '2011-W41', keepsServing: '2011-W40\'s model' };

describe('the gate', () => {
  it('accepts a challenger that is truly better, with every figure and its interval', () => {
    const report = judge(rowsOf({ people: 250, seed: 1, noise: { recency: 3, logistic: 0.3 } }));
    assert.equal(report.outcome, 'accepted');
    assert.equal(report.serves, 'logistic');
    assert.deepEqual(codes(report), ['better-than-baseline', 'calibrated']);
    assert.equal(report.evidence.rows, 2000);
    assert.equal(report.evidence.people, 250);
    for (const metrics of Object.values(report.metrics)) {
      for (const { value, low, high } of Object.values(metrics)) assert.ok(value !== null && low !== null && high !== null && low < high);
    }
    assert.match(summarise(report), /^logistic accepted: AUC 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\] on 2,000 rows\. Better than recency by \+0\.\d{3} \[\+0\.\d{3}, \+0\.\d{3}\]\. Calibration error 0\.\d{3}\.$/);
  });

  it('accepts nothing on shuffled labels, whatever the seed, and the champion keeps serving', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const rows = rowsOf({ people: 120, seed, noise: { recency: 3, logistic: 0.3, dense: 0.5, champion: 0.4 }, shuffled: true });
      const report = judge(rows, { challengers: [recipe('logistic'), recipe('dense', 'all', 'dense')], champion: { recipe: 'champion' } });
      assert.equal(report.outcome, 'rejected', `seed ${seed}: ${summarise(report)}`);
      assert.equal(report.serves, 'champion');
    }
  });

  it('blocks a feature that sees past its cut, by name', () => {
    const rows = rowsOf({ people: 250, seed: 3, noise: { recency: 3, logistic: 0.3 }, leak: { logistic: 1.5 } });
    const report = judge(rows, { singleFeatureAuc: { orders: 0.61, days_since_last: 0.996 }, champion: { recipe: 'recency' } });
    assert.equal(report.outcome, 'rejected');
    assert.equal(report.serves, 'recency');
    assert.deepEqual(codes(report), ['leak']);
    assert.equal(report.reasons[0]?.figures['feature'], 'days_since_last');
    assert.match(summarise(report, names), /^model refused for 2011-W41: too good to be true \(AUC 0\.\d{3}; limit 0\.97\)\. A feature probably sees past its cut: days_since_last alone reaches 0\.996\. 2011-W40's model keeps serving\.$/);
  });

  it('blocks on one leaking feature though no recipe is too good, and on a recipe though no feature is', () => {
    const honest = rowsOf({ people: 250, seed: 3, noise: { recency: 3, logistic: 0.3 } });
    assert.deepEqual(codes(judge(honest, { singleFeatureAuc: { value: 0.97 } })), ['leak']);
    const leaking = rowsOf({ people: 250, seed: 3, noise: { recency: 3, logistic: 0.3 }, leak: { logistic: 6 } });
    assert.match(judge(leaking).reasons[0]?.sentence ?? '', /the strongest alone, days_since_last, reaches 0\.630\./);
  });

  it('says "not enough evidence" below 100 of either label, even of a perfect challenger', () => {
    const few = rowsOf({ people: 20, seed: 1, noise: { recency: 3, logistic: 0.1 }, leak: { logistic: 9 } });
    const report = judge(few, { champion: { recipe: 'recency' } });
    assert.equal(report.outcome, 'not-enough-evidence');
    assert.equal(report.serves, 'recency');
    assert.ok(codes(report).every((code) => code.startsWith('too-few')));
    assert.match(summarise(report, names), /^not enough evidence for 2011-W41: only \d+ judged rows .* \(at least 100 needed\)\. .*2011-W40's model keeps serving\.$/);
    assert.equal(judge([], { evidence: { ...evidenceOf([]), predictions: { recency: new Float64Array(), logistic: new Float64Array() } } }).evidence.baseRate, null);
  });

  it('prefers the simplest challenger that is not beaten', () => {
    const challengers = [recipe('dense', 'all', 'dense'), recipe('logistic'), recipe('few', ['a', 'b'])];
    const alike = rowsOf({ people: 250, seed: 5, noise: { recency: 4, dense: 0.3, logistic: 0.3, few: 0.3 } });
    assert.equal(judge(alike, { challengers }).challenger, 'few');
    const worse = rowsOf({ people: 250, seed: 5, noise: { recency: 6, dense: 0.3, logistic: 0.3, few: 3 } });
    assert.equal(judge(worse, { challengers }).challenger, 'logistic');
  });

  it('refuses a challenger that may be worse than the champion, and never one that has the champion\'s recipe', () => {
    const rows = rowsOf({ people: 250, seed: 6, noise: { recency: 6, logistic: 1.2, champion: 0 } });
    const refused = judge(rows, { champion: { recipe: 'champion' } });
    assert.deepEqual(codes(refused), ['worse-than-champion']);
    assert.equal(refused.serves, 'champion');
    const same = judge(rows, { champion: { recipe: 'logistic' } });
    assert.equal(same.outcome, 'accepted');
    assert.deepEqual(same.reasons[1]?.figures, { champion: 'logistic', difference: 0, low: 0, high: 0, championMargin: 0.01 });
  });

  it('refuses probabilities that are off by more than the limit', () => {
    const rows = rowsOf({ people: 250, seed: 1, noise: { recency: 3, logistic: 0.3 } });
    assert.deepEqual(codes(judge(rows, { settings: { ...defaultGateSettings, replicates: 200, maximumCalibrationError: 0.001 } })), ['miscalibrated']);
  });

  it('judges the last snapshots only', () => {
    const rows = rowsOf({ people: 150, snapshots: 12, seed: 2, noise: { recency: 3, logistic: 0.3 } });
    const report = judge(rows);
    assert.deepEqual(report.evidence.snapshots, ['34', '35', '36', '37', '38', '39', '40', '41'].map((week) => `2011-W${week}`));
    assert.deepEqual(report, judge(rows.filter((row) => row.snapshot >= '2011-W34')));
  });

  it('says the same twice, in any order of rows, and as JSON', () => {
    const rows = rowsOf({ people: 150, seed: 4, noise: { recency: 3, logistic: 0.3 } }).map((row) => ({ ...row, predictions: { ...row.predictions, recency: Math.round(row.predictions['recency']! * 5) / 5 } }));
    const report = judge(rows);
    assert.deepEqual(judge(rows), report);
    assert.deepEqual(judge(rows.toReversed()), report);
    assert.deepEqual(judge(rows.toSorted((a, b) => a.predictions.recency - b.predictions.recency)), report);
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
    assert.notDeepEqual(judge(rows, { settings: { ...defaultGateSettings, replicates: 300, seed: 2 } }).differences, report.differences);
  });

  it('names what it was asked wrongly', () => {
    const rows = rowsOf({ people: 20, seed: 1, noise: { recency: 3, logistic: 0.3 } });
    assert.throws(() => judge(rows, { challengers: [] }), { code: 'bad-argument' });
    assert.throws(() => judge(rows, { champion: { recipe: 'gone' } }), /recipe "gone" has no walk-forward predictions/);
    assert.throws(() => judge([...rows, rows[0]!]), /two walk-forward rows of one person/);
  });
});

it('no judged row at all is not enough evidence, not an error', () => {
  const report = allAtOnce(decide({ evidence: evidenceOf([], ['days-since-last', 'logistic']), baseline: 'days-since-last', challengers: [recipe('logistic')], champion: null, singleFeatureAuc: {}, settings: defaultGateSettings }));
  assert.equal(report.outcome, 'not-enough-evidence');
  assert.equal(report.serves, 'days-since-last');
  assert.equal(report.evidence.rows, 0);
});
