import { heartbeat } from '@temporalio/activity';
import { weekCuts } from '../../src/domain/churn/cuts.ts';
import { FEATURES, FEATURE_LIST_VERSION } from '../../src/domain/churn/features.ts';
import { addCounts, noCounts } from '../../src/domain/churn/counts.ts';
import { daysBetween } from '../../src/domain/calendar/day.ts';
import { rowsProfiler } from '../../src/domain/model/feature-profile.ts';
import { canonicalJson, type Json } from '../../src/domain/hash.ts';
import type { RowsProfile } from '../../src/domain/model/feature-profile.ts';
import type { WeekCuts } from '../../src/domain/churn/cuts.ts';
import type { DatasetRow } from '../../src/domain/model/training.ts';
import type { Extracted, ShardCounts } from '../../src/domain/release/results.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import type { PeopleStore } from '../../src/ports/people-store.ts';
import { allPinsHeld } from '../week/pin-days.ts';
import type { Plugs } from '../plugs.ts';

/** Writes the rows that train as one immutable dataset (people as ordinals, no ids) and the stage's manifest. */
export const finishExtract = (plugs: Plugs) =>
  async ({ inputHash, dayMap, counts, shardCount, ...key }: RevisionKey & { inputHash: string; dayMap: ArtifactRef; counts: readonly ShardCounts[]; shardCount: number }): Promise<Extracted> => {
    const { peopleStore, artifacts, datasets, releaseStore, settingsOf } = plugs;
    await allPinsHeld(plugs, key.property, dayMap);
    const { timeZone, churn, calendar } = settingsOf(key.property);
    const cuts = weekCuts(key.week, timeZone, churn, calendar.firstDay);
    const total = counts.reduce(addCounts, noCounts());
    const names = FEATURES.map(({ name }) => name);
    const training = rowsProfiler(names);
    const bytes = await datasets.writeDataset(profiled(trainingRows(peopleStore, key, shardCount, cuts), training), names, {
      property: key.property, week: key.week, horizonDays: String(churn.horizonDays), featureListVersion: String(FEATURE_LIST_VERSION),
    });
    const moved = total.transitions['4→3'] ?? 0;
    const extracted: Extracted = {
      ...total, inputHash, rowsRevision: key.revision, featureListVersion: FEATURE_LIST_VERSION,
      dataset: await artifacts.put('dataset', '.arrow', bytes),
      profile: { training: training.result(), recent: await recentProfile(peopleStore, key, shardCount, names) },
      figures: `kinds ${total.kinds.map((people) => people.toLocaleString('en-US')).join(' / ')}; ${moved} moved 4 → 3; ${total.trainingRows.toLocaleString('en-US')} rows train`,
    };
    await releaseStore.writeStage({ ...key, stage: 'extract', inputHash, rowsRevision: key.revision, result: canonicalJson(extracted as unknown as Json) });
    return extracted;
  };

/** Rows that train in the order of shard, user and snapshot: the order of the store, so the bytes are always the same. */
async function* trainingRows(peopleStore: PeopleStore, key: RevisionKey, shardCount: number, cuts: WeekCuts): AsyncGenerator<DatasetRow> {
  const indexOf = snapshotIndexes(cuts);
  let person = -1;
  let user: string | null = null;
  for (let shard = 0; shard < shardCount; shard += 1) {
    for await (const row of peopleStore.readVeterans({ ...key, shard })) {
      if (row.user !== user) {
        user = row.user;
        person += 1;
        if (person % 200 === 0) heartbeat();
      }
      const snapshot = indexOf.get(row.snapshotWeek);
      if (row.trains && snapshot !== undefined) yield { person, snapshot: snapshot.week, snapshotIndex: snapshot.index, label: row.label === 'churned' ? 1 : 0, features: row.features };
    }
    user = null;
  }
}

type Profiler = ReturnType<typeof rowsProfiler>;

async function* profiled(rows: AsyncIterable<DatasetRow>, profiler: Profiler): AsyncGenerator<DatasetRow> {
  for await (const row of rows) {
    profiler.add(row.features);
    yield row;
  }
}

/** How uniform the features of the people are who will be scored. */
async function recentProfile(peopleStore: PeopleStore, key: RevisionKey, shardCount: number, names: readonly string[]): Promise<RowsProfile> {
  const profiler = rowsProfiler(names);
  let people = 0;
  for (let shard = 0; shard < shardCount; shard += 1) {
    for await (const { features } of peopleStore.readRecent({ ...key, shard })) {
      profiler.add(features);
      people += 1;
      if (people % 200 === 0) heartbeat();
    }
    heartbeat();
  }
  return profiler.result();
}

/** Whole weeks since the oldest snapshot, by the name of the snapshot. */
function snapshotIndexes({ veteran, snapshots }: WeekCuts): ReadonlyMap<string, { week: string; index: number }> {
  const all = [veteran, ...snapshots];
  const first = all.reduce((oldest, { cut }) => (cut.day < oldest ? cut.day : oldest), veteran.cut.day);
  return new Map(all.map(({ name, week, cut }) => [name, { week, index: Math.floor(daysBetween(first, cut.day) / 7) }]));
}
