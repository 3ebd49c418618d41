import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { reportOf, reportText } from '../../src/main/cli/week-report.ts';
import { defaultGateSettings, type GateReport } from '../../src/domain/model/gate-report.ts';
import { aModel } from '../release-examples.ts';
import type { ArtifactStore } from '../../src/ports/artifact-store.ts';
import type { ReleaseStore, StageManifest } from '../../src/ports/release-store.ts';

const about = (value: number) => ({ value, low: value - 0.02, high: value + 0.03, standardError: 0.01 });
const metrics = (auc: number) => ({ rocAuc: about(auc), prAuc: about(0.5), logLoss: about(0.6), brier: about(0.2), calibrationError: about(0.021), liftAtTenth: about(1.8) });
const gate: GateReport = {
  outcome: 'rejected', challenger: 'dense', baseline: 'days-since-last', champion: 'logistic', serves: 'logistic',
  reasons: [{ code: 'worse-than-champion', sentence: 'Worse than the champion logistic.', figures: {} }],
  evidence: { rows: 3410, people: 1210, positives: 1400, negatives: 2010, baseRate: 0.41, snapshots: ['2011-W28', '2011-W29'] },
  metrics: { logistic: metrics(0.668), dense: metrics(0.641) }, differences: [{ of: 'dense', against: 'logistic', difference: about(-0.027) }, { of: 'logistic', against: 'dense', difference: about(0.027) }],
  singleFeatureAuc: { recency: 0.62, gap: 0.64 }, settings: defaultGateSettings,
};
const card = (name: string) => ({
  dataCut: { week: '2011-W36', asOf: '2011-09-12T00:00:00+01:00' }, horizonDays: 60, featureListVersion: 1, features: ['recency', 'gap'], recipe: { name, trainer: 'logistic', features: 'all', seed: 42, settings: { l2: 100 } },
  weightHash: `hash of ${name}`, parameters: 3, libtensorflow: '2.13.1', datasetRows: 5000, trainingRows: 5000, calibration: { slope: 1.1, intercept: -0.25 },
});

/** A store whose week was decided at revision 2, which revision 3 has taken over. */
const artifacts = { get: async ({ name }: { name: string }) => Buffer.from(JSON.stringify(name === 'gate' ? { ...gate, override: null, line: 'in a line' } : card(name))) } as unknown as ArtifactStore;
const named = (name: string) => ({ name, sha256: '', bytes: 0 });
const stage = (name: string, result: object): StageManifest => ({ property: 'shop', week: '2011-W37', revision: 2, stage: name, inputHash: '', rowsRevision: 2, result: JSON.stringify(result) });
const releaseStore = {
  readStages: async () => [stage('accept', { outcome: 'rejected', modelId: 'champion', sentence: 'model refused', report: named('gate') }), stage('train', { models: [{ recipe: 'dense', modelId: 'fitted' }] })],
  readModel: async (_: string, modelId: string) => aModel({ modelId, card: named(modelId === 'champion' ? 'logistic' : 'dense') }),
} as unknown as ReleaseStore;

suite('the report of a week', () => {
  test('has the decision that a later revision took over, with the cards of what serves and of what was judged', async () => {
    const report = await reportOf({ releaseStore, artifacts }, 'shop', '2011-W37', 3);
    assert.deepEqual([report.revision, report.outcome, report.override], [2, 'rejected', null]);
    assert.deepEqual(report.gate, gate);
    assert.deepEqual(report.cards.map(({ modelId, weightHash }) => [modelId, weightHash]), [['champion', 'hash of logistic'], ['fitted', 'hash of dense']]);
    await assert.rejects(reportOf({ releaseStore, artifacts }, 'shop', '2011-W37', 1), { code: 'week-unknown', message: /^revision 1 of week 2011-W37 of shop was not decided on yet; see: npx almanac week status shop 2011-W37$/ });
  });

  test('shows every metric with its interval, the differences, the reasons and the cards', async () => {
    const text = reportText(await reportOf({ releaseStore, artifacts }, 'shop', '2011-W37', undefined));
    for (const line of [
      /^shop 2011-W37 revision 2: rejected\. model refused$/m,
      /^ {2}judged on 3,410 rows of 1,210 people: 1,400 churned, 2,010 stayed; snapshots 2011-W28, 2011-W29$/m,
      /^ {4}recipe +ROC-AUC +PR-AUC +log-loss +Brier +calibration error +lift at a tenth$/m,
      /^ {4}dense +0\.641 \[0\.621, 0\.671\] +0\.500 \[0\.480, 0\.530\] +0\.600 \[0\.580, 0\.630\] +0\.200 \[0\.180, 0\.230\] +0\.021 \[0\.001, 0\.051\] +1\.800 \[1\.780, 1\.830\]$/m,
      /^ {4}dense − logistic +−0\.027 \[−0\.047, \+0\.003\]$/m,
      /^ {4}worse-than-champion +Worse than the champion logistic\.$/m,
      /^ {4}gap 0\.640, recency 0\.620$/m,
      /^ {4}weights +sha256 hash of dense, libtensorflow 2\.13\.1$/m,
      /^ {4}fitted +3 parameters on 5,000 of 5,000 rows; calibration 1\.100 · logit − 0\.250$/m,
    ]) assert.match(text, line);
    assert.doesNotMatch(text, /logistic − dense/);
  });
});
