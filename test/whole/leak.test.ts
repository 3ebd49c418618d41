import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { recipesOf } from '../../activities/model/recipes.ts';
import { addDays } from '../../src/domain/calendar/day.ts';
import { weekOf } from '../../src/domain/calendar/week.ts';
import { weekCuts } from '../../src/domain/churn/cuts.ts';
import { featuresOf } from '../../src/domain/churn/features.ts';
import { localClock } from '../../src/domain/churn/local-time.ts';
import { pastOf } from '../../src/domain/churn/past.ts';
import { timelineOf } from '../../src/domain/churn/timeline.ts';
import { evidenceOf } from '../../src/domain/model/evidence.ts';
import { decide } from '../../src/domain/model/gate.ts';
import { allAtOnce } from '../../src/domain/model/in-pieces.ts';
import { defaultGateSettings, summarise, type GateReport } from '../../src/domain/model/gate-report.ts';
import { readWalkForward } from '../../src/models/dataset.ts';
import { train } from '../../src/models/train.ts';
import { readShop } from '../domain/churn/real-histories.ts';
import { featureNames, shopSettings, trainingRows, writeRealJob } from '../models/quality-snapshots.ts';
import type { DatasetRow, Recipe } from '../../src/domain/model/training.ts';

/**
 * Data that must not make a model, on all of Online Retail up to one week: the real trainer judges walk-forward, the real gate
 * decides with 1,000 replicates, over every recipe that the shop is configured with. Nothing is reduced.
 */
const CUT = '2011-11-07';
const SEEDS = 20;
const { baseline, challengers } = recipesOf(shopSettings);
const [logistic] = challengers as [Recipe, Recipe];
/** What serves so far: another recipe than the challenger's, so that the two are compared. */
const champion: Recipe = { ...logistic, name: 'champion', features: ['days_since_last', 'gap_mean'] };
const names = { week: weekOf(addDays(CUT, -1)), keepsServing: '2011-W43\'s model' };

const root = await mkdtemp(path.join(tmpdir(), 'almanac-leak-'));
after(() => rm(root, { recursive: true, force: true }));
const people = readShop();
const honest = trainingRows(people, CUT);

describe('the gate on real people', { concurrency: false }, () => {
  test('accepts the honest model: what is refused below is refused for its data', async (t) => {
    const report = await decided(honest);
    t.diagnostic(summarise(report, names));
    assert.equal(report.outcome, 'accepted');
    assert.equal(report.serves, 'logistic');
  });

  for (const feature of ['days_since_last', 'events_56d']) {
    test(`blocks ${feature} read at the end of the horizon as a leak, by name, and the champion keeps serving`, async (t) => {
      const report = await decided(readLate(feature));
      t.diagnostic(summarise(report, names));
      assert.equal(report.outcome, 'rejected');
      assert.equal(report.serves, 'champion');
      assert.deepEqual(report.reasons.map(({ code }) => code), ['leak']);
      assert.equal(report.reasons[0]?.figures['feature'], feature);
      assert.match(summarise(report, names), new RegExp(`^model refused for 2011-W44: too good to be true \\(AUC (0\\.9|1\\.0)\\d+; limit 0\\.97\\)\\. A feature probably sees past its cut.*\\b${feature}\\b.*2011-W43's model keeps serving\\.$`));
    });
  }

  test(`accepts none of ${SEEDS} models of shuffled labels, and the champion keeps serving each time`, async (t) => {
    const outcomes: Record<string, number> = {};
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const report = await decided(shuffled(honest, seed));
      outcomes[report.outcome] = (outcomes[report.outcome] ?? 0) + 1;
      assert.equal(report.serves, 'champion', `seed ${seed}: ${summarise(report, names)}`);
      assert.ok(report.reasons.some(({ code }) => code === 'not-better-than-chance'), `seed ${seed}: ${summarise(report, names)}`);
    }
    t.diagnostic(`${SEEDS} seeds: ${JSON.stringify(outcomes)}`);
    assert.deepEqual(outcomes, { rejected: SEEDS });
  });
});

/** Trains on the rows in a folder of its own and asks the gate. */
async function decided(rows: readonly DatasetRow[]): Promise<GateReport> {
  const folder = await mkdtemp(path.join(root, 'job-'));
  const job = await writeRealJob(folder, rows, [baseline, ...challengers, champion]);
  const result = await train({ job, folder, log: () => {} });
  return allAtOnce(decide({
    evidence: evidenceOf(readWalkForward(await readFile(path.join(folder, result.walkForward)))),
    baseline: baseline.name,
    challengers,
    champion: { recipe: champion.name },
    singleFeatureAuc: result.singleFeatureAuc,
    settings: { ...defaultGateSettings, evaluationSnapshots: job.evaluationSnapshots, seed: shopSettings.training.seed },
  }));
}

/** The honest rows, but for one feature, which is read at s + H, the end of what the label tells. */
function readLate(feature: string): DatasetRow[] {
  const { churn, timeZone, calendar } = shopSettings;
  const column = featureNames.indexOf(feature);
  assert.ok(column >= 0, `${feature} is a feature`);
  const localTimeOf = localClock(timeZone);
  const endOf = new Map(weekCuts(names.week, timeZone, churn, calendar.firstDay).snapshots.map(({ week, outcomeEndUs }) => [week, outcomeEndUs]));
  return honest.map((row) => {
    const past = pastOf(timelineOf(people[row.person]!.events, localTimeOf), endOf.get(row.snapshot)!, localTimeOf)!; // rows are of these people and snapshots
    return { ...row, features: Array.from(row.features, (value, index) => (index === column ? featuresOf(past)[column]! : value)) };
  });
}

/** The labels dealt out again by chance (Fisher–Yates); everything else stays. */
function shuffled(rows: readonly DatasetRow[], seed: number): DatasetRow[] {
  const random = xoroshiro128plus(seed);
  const labels = rows.map(({ label }) => label);
  for (let last = labels.length - 1; last > 0; last -= 1) {
    const other = uniformInt(random, 0, last);
    [labels[last], labels[other]] = [labels[other]!, labels[last]!];
  }
  return rows.map((row, index) => ({ ...row, label: labels[index]! }));
}
