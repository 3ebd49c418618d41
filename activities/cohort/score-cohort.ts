import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { isSettled, type DayGeneration } from '../../src/domain/activity/manifest.ts';
import { unsettledDays, type UnsettledDay } from '../../src/domain/activity/unsettled-days.ts';
import { addDays, startOfDay, type Day, type InstantUs } from '../../src/domain/calendar/day.ts';
import { firstWeekText, isTooYoung, tooYoungSentence } from '../../src/domain/churn/first-week.ts';
import { computeFeatures } from '../../src/domain/churn/features.ts';
import { Failure } from '../../src/domain/failure.ts';
import { canonicalJson, shardOf } from '../../src/domain/hash.ts';
import { decileOf } from '../../src/domain/model/deciles.ts';
import type { CohortFilter, CohortRequest } from '../../src/domain/release/cohort.ts';
import type { Scored } from '../../src/domain/release/results.ts';
import type { PersonHistory } from '../../src/ports/activity-store.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import type { PropertySettings } from '../../src/ports/settings.ts';
import { allPinsHeld, readDayMap } from '../week/pin-days.ts';
import type { Plugs } from '../plugs.ts';

export interface CohortPlan {
  readonly week: string;
  readonly modelId: string;
  readonly servedVersion: string;
  readonly shardCount: number;
  readonly atOnce: number;
  readonly dayMap: ArtifactRef;
  readonly thresholds: readonly number[];
  /** When the run was planned, by the server's clock: rows of two runs under one name are told apart by it. */
  readonly runUs: InstantUs;
}
export interface CohortCounts { readonly people: number; readonly scored: number; readonly notEnoughHistory: number; readonly unknown: number }

const DAY_US = 86_400_000_000;
const ROWS_A_CALL = 500;

/** Which model scores, and which generations are read: pinned once. What an earlier cohort of this name left is removed. */
export const planCohort = ({ releaseStore, activityStore, peopleStore, artifacts, settingsOf, limits }: Plugs) =>
  async ({ property, cohort, asOf, week }: CohortRequest): Promise<CohortPlan> => {
    const settings = settingsOf(property);
    const { shards, calendar, timeZone } = settings;
    const weeks = await releaseStore.listWeeks(property);
    const record = week === 'latest' ? weeks.findLast(({ service }) => service?.state === 'live') : weeks.find((one) => one.week === week);
    const release = record?.release;
    if (!record || !release) throw noModel(property, week, settings);
    const model = await releaseStore.readModel(property, release.modelId);
    if (!model) throw new Failure('artifact-missing', `model ${release.modelId} of ${property} is not in the table "models"`);
    const scored = (await releaseStore.readStages(property, record.week)).find(({ stage, revision }) => stage === 'score' && revision === release.revision);
    const thresholds = scored ? (JSON.parse(scored.result) as Scored).thresholds : [];
    const statuses = await activityStore.readDays(property, calendar.firstDay, addDays(asOf, -1));
    allSettled(property, asOf, unsettledDays({ ...calendar, timeZone }, addDays(asOf, -1), new Map(statuses.map((status) => [status.day, status]))));
    const map = statuses.filter(({ state, generation }) => isSettled(state) && generation > 0).map(({ day, generation }) => ({ day, generation }));
    const runUs = activityInfo().scheduledTimestampMs * 1000; // the same for every attempt
    await peopleStore.clearCohort({ property, cohort, shardCount: shards, runUs });
    return { week: record.week, modelId: model.modelId, servedVersion: model.servedVersion, shardCount: shards, atOnce: limits.shardsAtOnce, thresholds, runUs, dayMap: await artifacts.put('day-map', '.json', Buffer.from(canonicalJson(map))) };
  };

function noModel(property: string, week: string, settings: PropertySettings): Failure {
  if (week !== 'latest' && isTooYoung(week, settings)) return new Failure('week-too-young', tooYoungSentence(property, week, settings));
  return new Failure('week-unknown', `${week === 'latest' ? `no week of ${property} has a release` : `week ${week} of ${property} has no release`}, so there is no model to score with; `
    + `build one: npx almanac week run ${property} <week>. The first week that can be built is ${firstWeekText(settings)}`);
}

/** A day that is not there would have looked like a day on which nobody did anything. */
function allSettled(property: string, asOf: Day, unsettled: readonly UnsettledDay[]): void {
  const [first] = unsettled;
  if (!first) return;
  const state = first.state === 'unseen' ? 'was never looked at' : `is ${first.state}`;
  throw new Failure('day-missing', `day ${first.day} of ${property} ${state}, and a cohort as of ${asOf} reads it${unsettled.length > 1 ? ` (so with ${unsettled.length} days)` : ''}; `
    + `load it: npx almanac backfill run ${property} --from ${first.day} --to ${addDays(asOf, -1)}, waive it: npx almanac source waive ${property} ${first.day} --reason "…", or choose --as-of ${first.day} or earlier`);
}

/** Scores the cohort's people of some shards. A decile places a person among the people of the model's week. */
export const scoreCohortShards = (plugs: Plugs) =>
  async ({ request, plan, shards }: { request: CohortRequest; plan: CohortPlan; shards: readonly number[] }): Promise<CohortCounts> => {
    const days = await readDayMap(plugs.artifacts, plan.dayMap);
    const listed = request.people.by === 'list' ? await readList(plugs, request.people.list, plan.shardCount) : null;
    const counts = { people: 0, scored: 0, notEnoughHistory: 0, unknown: 0 };
    for (const shard of shards) {
      const people = listed ? listedPeople(plugs, request, shard, days, listed.get(shard) ?? []) : filteredPeople(plugs, request, shard, days);
      addTo(counts, await scoreShard(plugs, request, plan, shard, people));
      heartbeat();
    }
    await allPinsHeld(plugs, request.property, plan.dayMap);
    return counts;
  };

type Candidate = { readonly user: string; readonly history: PersonHistory | null };

async function scoreShard(plugs: Plugs, { property, cohort, asOf }: CohortRequest, plan: CohortPlan, shard: number, people: AsyncIterable<Candidate>): Promise<CohortCounts> {
  const { timeZone, churn } = plugs.settingsOf(property);
  const [cutUs, historyUs] = [startOfDay(asOf, timeZone), startOfDay(addDays(asOf, -churn.minimumHistoryDays), timeZone)];
  const counts = { people: 0, scored: 0, notEnoughHistory: 0, unknown: 0 };
  const thresholds = Float64Array.from(plan.thresholds);
  let waiting: { user: string; features: number[] }[] = [];
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const predictions = await plugs.modelService.predict({ name: property, version: plan.servedVersion }, waiting.map(({ features }) => features), cancellationSignal());
    await plugs.peopleStore.writeCohortScores({ property, cohort, shard, runUs: plan.runUs }, waiting.map((row, index) => ({ ...row, prediction: predictions[index]!, decile: decileOf(predictions[index]!, thresholds) }))); // one prediction a row
    counts.scored += waiting.length;
    waiting = [];
    heartbeat();
  };
  for await (const { user, history } of people) {
    counts.people += 1;
    const before = history?.events.filter(({ timeUs }) => timeUs < cutUs) ?? [];
    const first = before[0];
    if (!first) counts.unknown += 1;
    else if (first.timeUs > historyUs || before.length < churn.minimumEvents) counts.notEnoughHistory += 1;
    else waiting.push({ user, features: computeFeatures(before, cutUs, timeZone) });
    if (waiting.length >= ROWS_A_CALL) await flush();
  }
  await flush();
  return counts;
}

/** The list by shard, each id once. */
async function readList({ artifacts }: Plugs, list: ArtifactRef, shardCount: number): Promise<Map<number, string[]>> {
  const ids = new Set(Buffer.from(await artifacts.get(list)).toString('utf8').split('\n').map((line) => line.trim()).filter((line) => line !== ''));
  const byShard = new Map<number, string[]>();
  for (const id of [...ids].sort()) {
    const shard = shardOf(id, shardCount);
    byShard.set(shard, [...(byShard.get(shard) ?? []), id]);
  }
  return byShard;
}

async function* listedPeople({ activityStore }: Plugs, { property }: CohortRequest, shard: number, days: readonly DayGeneration[], users: readonly string[]): AsyncGenerator<Candidate> {
  for (const user of users) {
    yield { user, history: await activityStore.readPerson({ property, shard, days, user }) };
    heartbeat();
  }
}

async function* filteredPeople({ activityStore, settingsOf }: Plugs, { property, people, asOf }: CohortRequest, shard: number, days: readonly DayGeneration[]): AsyncGenerator<Candidate> {
  const filter = people.by === 'filter' ? people.filter : {};
  const cutUs = startOfDay(asOf, settingsOf(property).timeZone);
  for await (const history of activityStore.readShard({ property, shard, days, signal: cancellationSignal() })) {
    heartbeat();
    if (fits(history, filter, cutUs)) yield { user: history.user, history };
  }
}

function fits({ events }: PersonHistory, { activeWithinDays, minimumEvents, did }: CohortFilter, cutUs: number): boolean {
  const before = events.filter(({ timeUs }) => timeUs < cutUs);
  if (before.length < (minimumEvents ?? 1)) return false;
  if (did !== undefined && !before.some(({ name }) => name === did)) return false;
  return activeWithinDays === undefined || before.some(({ timeUs }) => timeUs >= cutUs - activeWithinDays * DAY_US);
}

function addTo(total: { -readonly [Field in keyof CohortCounts]: number }, more: CohortCounts): void {
  for (const field of ['people', 'scored', 'notEnoughHistory', 'unknown'] as const) total[field] += more[field];
}
