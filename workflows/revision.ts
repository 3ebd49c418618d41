import { condition, getExternalWorkflowHandle, isCancellation, log, setCurrentDetails, setHandler, setWorkflowOptions, sleep, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { meanGapOfPopulation, type Population } from '../src/domain/churn/population.ts';
import { weekTableId } from '../src/domain/release/ids.ts';
import { failed, warned } from '../src/domain/check.ts';
import { stageTable, withStage, isForced, type Stage, type StageRow } from '../src/domain/release/stages.ts';
import type { Accepted, Extracted, PinnedDays, Scored, Trained } from '../src/domain/release/results.ts';
import type { CheckOverride, GateOverride, LiveRelease, RevisionOutcome } from '../src/domain/release/week-status.ts';
import { awaitingApprovalSignal, decideSignal, stageSignal } from './messages.ts';
import { sentenceOf } from './sentence-of.ts';
import { bulk, compute, publishing, quick } from './steps.ts';
import { tableWork } from './table-work.ts';
import { tags } from './tags.ts';
import { inWaves, shardRanges } from './waves.ts';
import type { WeekTableInput } from './week-table.ts';

export interface RevisionInput {
  readonly property: string;
  readonly week: string;
  readonly revision: number;
  /** Stage from which everything is worked again, whatever the manifests say; null to reuse what is there. */
  readonly from: Stage | null;
  readonly override: GateOverride | null;
  /** A person's reason to train although checks of the week fail. */
  readonly overrideChecks?: CheckOverride | null;
  /** What was live before, for the comparison. */
  readonly previous: LiveRelease | null;
}

const PREVIOUS_WEEK_LOOKS = { first: '5 seconds', later: '5 minutes', quickLooks: 24 } as const;

setWorkflowOptions({ versioningBehavior: 'PINNED' }, revision);
/** One build of a week, beside whatever is live: extract → train → accept → score → publish. */
export async function revision(input: RevisionInput): Promise<RevisionOutcome> {
  const run = { ...input, stages: [] as StageRow[], decision: input.override };
  setHandler(decideSignal, (decision) => void (run.decision ??= decision));
  upsertSearchAttributes(tags({ property: input.property, week: input.week, runKind: 'revision' }));

  const days = await stage(run, 'days', () => pinDays(input));
  const people = await stage(run, 'extract', () => extract(input, days));
  await previousWeekIsDecided(input);
  const trained = await stage(run, 'train', () => train(input, people));
  const accepted = await stage(run, 'accept', () => accept(run, days, trained));
  const scored = await stage(run, 'score', () => score(input, days, people, accepted));
  return await stage(run, 'publish', () => publish(input, days, people, trained, accepted, scored));
}

interface Run extends RevisionInput {
  stages: StageRow[];
  decision: GateOverride | null;
}

/** Everything a week may read, fixed before anything is read. */
function pinDays({ property, week, revision }: RevisionInput): Promise<PinnedDays> {
  return quick('pin day → generation').pinDays({ property, week, revision });
}

/** People into four kinds; rows that train; rows to score. */
async function extract(input: RevisionInput, days: PinnedDays): Promise<Extracted> {
  const { property, week, revision } = input;
  const plan = await quick('is it built already?').planExtract({ property, week, revision, dayMap: days.dayMap, isForced: isForced('extract', input.from) });
  if (plan.reused !== null) return plan.reused;
  await weekTableWork(week, 'ensure');
  const ranges = shardRanges(days.shardCount);
  const population = plan.needsPopulation ? await measurePopulation(input, days, ranges, plan.atOnce) : null;
  const counts = await inWaves(ranges, plan.atOnce, (shards) =>
    bulk(`shards ${shards[0]}…${shards.at(-1)}`).extractShards({ property, week, revision, dayMap: days.dayMap, shards, population }));
  return bulk('dataset of the rows that train').finishExtract({ property, week, revision, inputHash: plan.inputHash, dayMap: days.dayMap, counts, shardCount: days.shardCount });
}

/** The label rule `mean-gap` compares each person with all: their mean gap is measured first. */
async function measurePopulation({ property, week, revision }: RevisionInput, { dayMap }: PinnedDays, ranges: number[][], atOnce: number): Promise<Population> {
  return meanGapOfPopulation(await inWaves(ranges, atOnce, (shards) => bulk('gaps of the population').measureGaps({ property, week, revision, dayMap, shards })));
}

/** Two properties share the table of a week. */
function weekTableWork(week: string, action: WeekTableInput['action']): Promise<void> {
  return tableWork('weekTable', weekTableId(week), { week, action });
}

/** The champion is the model of the latest release before this week, so the week before must be decided. */
async function previousWeekIsDecided({ property, week }: RevisionInput): Promise<void> {
  const { first, later, quickLooks } = PREVIOUS_WEEK_LOOKS;
  for (let looks = 0; !(await quick('is the week before decided?').isPreviousWeekDecided({ property, week })); looks += 1) {
    await sleep(looks < quickLooks ? first : later);
  }
}

function train(input: RevisionInput, people: Extracted): Promise<Trained> {
  const { property, week, revision } = input;
  return compute('walk-forward, then fit').trainModels({ property, week, revision, people, isForced: isForced('train', input.from), overrideChecks: input.overrideChecks ?? null });
}

/** The gate decides; where a person must agree, nothing goes on without one. */
async function accept(run: Run, days: PinnedDays, trained: Trained): Promise<Accepted> {
  const { property, week, revision } = run;
  const decide = () => compute('the gate').acceptModel({ property, week, revision, trained, override: run.decision, isForced: isForced('accept', run.from) });
  const accepted = await decide();
  const isServedAlready = accepted.modelId === run.previous?.modelId; // somebody approved it then
  if (days.approval === 'auto' || run.decision !== null || accepted.outcome !== 'accepted' || isServedAlready) return accepted;
  const parent = workflowInfo().parent;
  if (parent) await getExternalWorkflowHandle(parent.workflowId).signal(awaitingApprovalSignal, { sentence: `${accepted.sentence} It waits for approval: npx almanac week approve ${property} ${week} --reason "…"` });
  await condition(() => run.decision !== null);
  return decide();
}

/** Every recent person gets a probability and a decile; nothing is written before the server agrees with the trainer. */
async function score(input: RevisionInput, days: PinnedDays, people: Extracted, accepted: Accepted): Promise<Scored> {
  const { property, week, revision } = input;
  const plan = await quick('is it scored already?').planScore({ property, week, revision, people, accepted, isForced: isForced('score', input.from) });
  if (plan.reused !== null) return plan.reused;
  if (plan.copiesRows) await weekTableWork(week, 'ensure');
  const { parity } = await bulk('model server agrees with the trainer').deployModel({ property, modelId: accepted.modelId });
  const ranges = shardRanges(days.shardCount);
  const predicted = await inWaves(ranges, plan.atOnce, (shards) =>
    bulk(`predict ${shards[0]}…${shards.at(-1)}`).predictShards({ property, week, rowsRevision: people.rowsRevision, modelId: accepted.modelId, shards }));
  const thresholds = await bulk('deciles').rankScores({ predictions: predicted.map(({ predictions }) => predictions) });
  await inWaves(ranges, plan.atOnce, (shards, index) =>
    bulk(`write ${shards[0]}…${shards.at(-1)}`).writeScores({ property, week, revision, people, shards, predictions: predicted[index]!.predictions, thresholds })); // one prediction a range
  return bulk('scores are whole').finishScore({ property, week, revision, inputHash: plan.inputHash, parity, thresholds, expected: people.kinds[2] });
}

/** Staged, probed, then live. */
async function publish(input: RevisionInput, days: PinnedDays, people: Extracted, trained: Trained, accepted: Accepted, scored: Scored): Promise<RevisionOutcome & { figures: string }> {
  const { property, week, revision } = input;
  const overrides = [...(trained.overrides ?? []), ...(days.waived ?? [])];
  const { keyId } = await publishing('key of the week').issueKey({ property, week });
  await publishing('stage').stageBuilt({ property, week, revision, days, people, accepted, scored, overrides });
  const changed = await bulk('who changed kind or decile').compareRevisions({ property, week, revision, previous: input.previous?.revision ?? null });
  await probe(input);
  const { address } = await publishing('switch').goLive({ property, week, revision });
  await quick('did a day change meanwhile?').refreshStale({ property, week });
  await tidiedUp(input, days);
  upsertSearchAttributes(tags({ modelVersion: accepted.modelId, rows: scored.scored }));
  return {
    revision, kinds: people.kinds, outcome: accepted.outcome, scored: scored.scored, modelId: accepted.modelId, address, changed, overrides,
    ...(days.provisional ? { provisionalDays: days.provisional.length } : {}),
    checks: [...failed(trained.checks ?? []), ...warned(trained.checks ?? [])],
    quality: { recipe: accepted.recipe, auc: accepted.auc, baseline: accepted.baseline, baselineAuc: accepted.baselineAuc, sentence: accepted.sentence },
    figures: `revision ${revision}, key \`${keyId}\`${changed ? `; ${changed.kind} changed kind, ${changed.decile} decile` : ''}; serving`,
  };
}

/** The release is live: what cannot be tidied up now is left to the next week, and must not make this one look failed. */
async function tidiedUp(input: RevisionInput, days: PinnedDays): Promise<void> {
  try {
    await tidyUp(input, days);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('tidying up after a release failed; the next week tries again', { property: input.property, week: input.week, error: sentenceOf(error) });
  }
}

/** Judges weeks whose horizon has passed, retires what is not kept, and deletes what nobody reads any more. */
async function tidyUp({ property, week }: RevisionInput, { dayMap, provisional }: PinnedDays): Promise<void> {
  await bulk('how past predictions turned out').judgePastWeeks({ property, week, dayMap, provisionalFrom: provisional?.[0] });
  await publishing('retire what is not kept').retireOldWeeks({ property, published: week });
  const { tables } = await publishing('end retired weeks').endRetiredWeeks({ property });
  for (const unused of tables) await weekTableWork(unused, 'drop-if-unused');
  await bulk('generations nobody reads').sweepGenerations({ property, week, dayMap });
}

/** A release that answers wrong is set aside for good; what was live stays live. */
async function probe({ property, week, revision }: RevisionInput): Promise<void> {
  try {
    await publishing('probe').probeRelease({ property, week, revision });
  } catch (error) {
    if (!isCancellation(error)) await publishing('refuse').refuseRelease({ property, week, revision, reason: 'its probe failed', by: 'almanac' });
    throw error;
  }
}

/** Runs one stage and shows it: in this workflow's details, in its week's, and as the search attribute Stage. */
async function stage<T extends { readonly figures: string }>(run: Run, name: Stage, work: () => Promise<T>): Promise<T> {
  const startedMs = Date.now();
  upsertSearchAttributes(tags({ stage: name }));
  await report(run, { stage: name, state: 'running', figures: '', tookMs: null });
  const result = await work();
  await report(run, { stage: name, state: 'done', figures: result.figures, tookMs: Date.now() - startedMs });
  return result;
}

async function report(run: Run, row: StageRow): Promise<void> {
  run.stages = withStage(run.stages, row);
  setCurrentDetails(stageTable(run.stages));
  const parent = workflowInfo().parent;
  if (parent) await getExternalWorkflowHandle(parent.workflowId).signal(stageSignal, row);
}
