import type { Activities } from '../../activities/index.ts';
import type { DayOutcome } from '../../activities/ingest/day-outcome.ts';
import type { Accepted, Extracted, PinnedDays, Scored, Trained } from '../../src/domain/release/results.ts';

const stored = { name: 'artifact', sha256: '0'.repeat(64), bytes: 1 };

export const outcome: DayOutcome = { property: 'p', day: '2026-03-02', state: 'final', generation: 1, rows: 10, people: 3, anonymous: 0, quarantined: 0, reason: null, sentence: '10 rows' };
export const pinned: PinnedDays = { dayMap: stored, days: 7, events: 70, quarantined: 0, shardCount: 2, approval: 'auto', figures: '7 days' };
export const extracted: Extracted = { inputHash: 'e', rowsRevision: 1, featureListVersion: 1, dataset: stored, kinds: [1, 2, 3, 4], reasons: {}, transitions: {}, trainingRows: 5, churnedRows: 2, figures: '3 to score' };
export const trained: Trained = { inputHash: 't', models: [{ recipe: 'logistic', modelId: 'm2' }], report: stored, championRecipe: null, championModelId: null, figures: '2 recipes' };
export const accepted: Accepted = { inputHash: 'a', outcome: 'accepted', modelId: 'm2', recipe: 'logistic', auc: 0.7, baseline: 'days-since-last', baselineAuc: 0.6, report: stored, sentence: 'logistic is better than the baseline.', figures: 'AUC 0.700' };
export const scored: Scored = { inputHash: 's', scored: 3, parity: 1e-9, thresholds: [0.5], figures: '3 rows' };

/** The usual answer of every step that a sequence takes: a property of two shards whose week goes well. */
export const cannedSteps = {
  acceptModel: async ({ override }) => override === null ? accepted : { ...accepted, outcome: override.decision === 'approve' ? 'approved-by-person' : 'rejected-by-person', sentence: `${override.decision}d by ${override.by}: ${override.reason}` },
  aggregateDays: async () => ({ days: ['2019-01-01'], read: 1 }),
  announceDay: async () => undefined,
  awaitWeekDecided: async () => ({ phase: 'serving', sentence: 'it serves' }),
  checkBuckets: async () => ({ mismatches: [], read: 0 }),
  claimDay: async () => ({ generation: 1, isSealed: false }),
  compareRevisions: async ({ previous }) => previous === null ? null : { kind: 1, decile: 2, list: stored },
  copyBuckets: async () => ({ copied: 1, read: 1, next: null }),
  deployModel: async () => ({ parity: 1e-9 }),
  dropSeriesTable: async () => undefined,
  dropUnusedWeekTable: async () => undefined,
  endRetiredWeeks: async () => ({ tables: [] }),
  ensureSeriesTable: async () => undefined,
  ensureWeekTable: async () => undefined,
  extractShards: async () => ({ kinds: [1, 2, 3, 4], reasons: {}, transitions: {}, trainingRows: 5, churnedRows: 2 }),
  findLate: async () => ({ spans: { minute: [], hour: [], day: [] }, days: [] }),
  finishExtract: async () => extracted,
  finishScore: async () => scored,
  goLive: async ({ property, week }) => ({ address: `http://endpoint/${property}/${week}/v1` }),
  isPreviousWeekDecided: async () => true,
  issueKey: async () => ({ keyId: 'k1', created: true }),
  joinIngest: async ({ day }) => ({ day, state: 'final', generation: 1, rows: 10, sentence: '10 rows' }),
  leaveUncompared: async ({ day, why }) => ({ verdict: 'not-compared', sentence: `day ${day} was not compared: ${why}` }),
  loadDay: async () => ({ end: 'loaded', position: 10, rows: 10, anonymous: 0, quarantined: 0, checksum: '0' }),
  reconcileDay: async ({ day }) => ({ verdict: 'agrees', sentence: `day ${day} agrees` }),
  refreshStale: async () => ({ isStale: false }),
  judgeDaysAgain: async () => ({ held: [], heldDays: 0, later: [], freed: [] }),
  judgePastWeeks: async () => ({ judged: [] }),
  lookAtDay: async () => ({ found: 'rows', sourceVersion: 'v1', mappingHash: 'h1', bytes: 100, finality: 'final', seen: 0 }),
  lookAtData: async () => ({ outcomes: [], known: [] }),
  lookAtDays: async () => ({ isReady: true, waitingFor: [], figures: 'final 7 / 7', sentence: 'all days are final', needsPerson: false }),
  lookAtPrograms: async () => ({ outcomes: [], known: [] }),
  lookAtProvisional: async () => ({ found: 'same' }),
  markDay: async ({ day, state, reason }) => ({ ...outcome, day, state, reason, generation: 0, rows: 0 }),
  markFinal: async () => undefined,
  measureGaps: async () => ({ people: 2, sumDays: 8 }),
  notifyPeople: async () => undefined,
  openCopy: async () => ({ copy: 2, span: { from: 1, to: 2 } }),
  openWeek: async () => ({ nextRevision: 1, live: null, isRetired: false }),
  pinDays: async () => pinned,
  planBackfill: async () => ({ days: [], total: 0, isLast: true, atOnce: 2 }),
  planBackfillWeeks: async () => ({ weeks: [], leftOut: null }),
  planCohort: async () => ({ week: '2026-W10', modelId: 'm2', servedVersion: '1', shardCount: 2, atOnce: 2, dayMap: stored, thresholds: [0.5], runUs: 1 }),
  planExtract: async () => ({ inputHash: 'e', atOnce: 2, needsPopulation: false, reused: null }),
  planRecompute: async () => ({ minute: [], hour: [], day: [] }),
  planScore: async () => ({ inputHash: 's', atOnce: 2, copiesRows: false, reused: null }),
  planTick: async () => ({ days: [], week: null }),
  predictShards: async () => ({ predictions: stored, rows: 2 }),
  probeRelease: async () => ({ hasPerson: true }) as never, // nobody reads the report
  rankScores: async () => [0.5],
  refuseRelease: async () => undefined,
  retireOldWeeks: async () => ({ retired: [] }),
  retireWeek: async () => undefined,
  rotateKey: async () => ({ keyId: 'k2', replaced: ['k1'] }),
  restartPart: async () => ({ isDone: true, sentence: 'its supervisor starts it again' }),
  rollBuckets: async ({ span }) => ({ built: Math.max(1, (span.to - span.from) / 60), revised: 0, read: 0, after: null, isLast: true }),
  scoreCohortShards: async () => ({ people: 3, scored: 1, notEnoughHistory: 1, unknown: 1 }),
  sealDay: async ({ day, generation }) => ({ ...outcome, day, generation }),
  stageBuilt: async () => undefined,
  sweepGenerations: async () => ({ dropped: 0 }),
  bringInAside: async () => undefined,
  countAside: async () => 0,
  takeInList: async () => ({ 'on-time': 1, late: 2, aside: 3 }),
  trainModels: async () => trained,
  turnToCopy: async () => ({ unused: [1] }),
  verifyCopy: async ({ done }) => ({ buckets: 3, rows: 30, mismatches: [], done: done + 1, isLast: true }),
  writeHealthLines: async () => undefined,
  writeScores: async () => undefined,
} satisfies Partial<Activities>;
