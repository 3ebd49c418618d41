import { activityInfo, heartbeat, cancellationSignal } from '@temporalio/activity';
import { weekCuts } from '../../src/domain/churn/cuts.ts';
import { FEATURE_LIST_VERSION } from '../../src/domain/churn/features.ts';
import { transitionOf } from '../../src/domain/churn/kinds.ts';
import { personRowBuilder, type PersonRowBuilder } from '../../src/domain/churn/person-rows.ts';
import { addCounts, noCounts, type MutableCounts } from '../../src/domain/churn/counts.ts';
import type { Population } from '../../src/domain/churn/population.ts';
import type { DayGeneration } from '../../src/domain/activity/manifest.ts';
import type { ShardCounts } from '../../src/domain/release/results.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import type { KindRow, RecentRow, VeteranRow } from '../../src/ports/people-store.ts';
import { readDayMap } from '../week/pin-days.ts';
import type { Plugs } from '../plugs.ts';

const ROWS_AT_ONCE = 1000;
/** People between two heartbeats: a few milliseconds of work each. */
const PEOPLE_A_BEAT = 200;

interface Finished { readonly shard: number; readonly counts: ShardCounts }

/**
 * Sorts the people of the shards into kinds and writes their rows, one shard after another. Its heartbeat carries the
 * shards that are done, so a retry goes on with the next; keys are (shard, user, snapshot), so what it writes twice is the same.
 */
export const extractShards = (plugs: Plugs) =>
  async (input: RevisionKey & { dayMap: ArtifactRef; shards: readonly number[]; population: Population | null }): Promise<ShardCounts> => {
    const { timeZone, churn, calendar } = plugs.settingsOf(input.property);
    const days = await readDayMap(plugs.artifacts, input.dayMap);
    const build = personRowBuilder(weekCuts(input.week, timeZone, churn, calendar.firstDay), churn, timeZone, input.population ?? undefined);
    const finished = [...((activityInfo().heartbeatDetails as Finished[] | undefined) ?? [])];
    for (const shard of input.shards) {
      if (finished.some((done) => done.shard === shard)) continue;
      finished.push({ shard, counts: await extractShard(plugs, input, shard, days, build, () => heartbeat(finished)) });
      heartbeat(finished);
    }
    return finished.map(({ counts }) => counts).reduce(addCounts, noCounts());
  };

async function extractShard({ activityStore, peopleStore }: Plugs, key: RevisionKey, shard: number, days: readonly DayGeneration[], build: PersonRowBuilder, beat: () => void): Promise<ShardCounts> {
  const counts: MutableCounts = noCounts();
  const place = { property: key.property, week: key.week, revision: key.revision, shard };
  const kinds: KindRow[] = [];
  const veterans: VeteranRow[] = [];
  const recent: RecentRow[] = [];
  let writing: Promise<unknown> = Promise.resolve();
  // While rows are written the next people are read: waiting for each write took two thirds of a shard's time.
  const flush = async (least: number): Promise<void> => {
    if (kinds.length < least && veterans.length < least) return; // recent people are among the kinds
    await writing;
    writing = Promise.all([
      peopleStore.writeKinds(place, kinds.splice(0)),
      peopleStore.writeVeterans(place, FEATURE_LIST_VERSION, veterans.splice(0)),
      peopleStore.writeRecent(place, FEATURE_LIST_VERSION, recent.splice(0)),
    ]);
    writing.catch(() => undefined); // thrown where it is awaited, or a failure of reading came first
  };
  let people = 0;
  for await (const history of activityStore.readShard({ property: key.property, shard, days, signal: cancellationSignal() })) {
    people += 1;
    if (people % PEOPLE_A_BEAT === 0) beat();
    const rows = build(history);
    if (rows === null) continue;
    kinds.push({ user: history.user, kind: rows.kind });
    counts.kinds[rows.kind - 1]! += 1; // kinds are 1…4
    counts.reasons[rows.reason] = (counts.reasons[rows.reason] ?? 0) + 1;
    const transition = transitionOf(rows.previousKind, rows.kind);
    counts.transitions[transition] = (counts.transitions[transition] ?? 0) + 1;
    for (const row of rows.veteran) {
      veterans.push({ user: history.user, ...row });
      if (row.trains) counts.trainingRows += 1;
      if (row.trains && row.label === 'churned') counts.churnedRows += 1;
    }
    if (rows.recent) recent.push({ user: history.user, features: rows.recent.features });
    await flush(ROWS_AT_ONCE);
  }
  await flush(1);
  await writing;
  return counts;
}
