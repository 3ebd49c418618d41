import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { eventually } from '../stack.ts';
import { accepted, extracted, pinned, scored } from './canned-steps.ts';
import { ACCEPT, ALL_STAGES, DAYS, EXTRACT, PUBLISH, SCORE, startWeek, TRAIN, type TestWeek } from './week-world.ts';
import { searchAttributes } from '../../src/main/search-attributes.ts';
import { newState } from '../../workflows/week-state.ts';
import { sequenceWorld, untilCancelled, type SequenceWorld } from './world.ts';
import type { WorkflowHandle } from '@temporalio/client';
import type { DaysLook } from '../../activities/week/look-at-days.ts';

suite('the order of a week', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  const notReady: DaysLook = { isReady: false, waitingFor: [{ day: '2026-03-08', state: 'missing' }], figures: 'final 6 / 7', sentence: 'week 2026-W10 waits: 1 of 7 days is not final', needsPerson: true };
  const ready: DaysLook = { isReady: true, waitingFor: [], figures: 'final 7 / 7', sentence: 'all days are final', needsPerson: false };
  const told = (week: TestWeek): unknown[] => week.inputs('notifyPeople').map(({ kind, sentence }) => [kind, sentence]);

  test('a week whose days are there is built once and serves', async () => {
    const week = await startWeek(world, 'happy');
    const status = await week.once('serving');
    assert.deepEqual(await week.story(), ['openWeek', 'lookAtDays', 'timer 21600 s', 'child revision', 'timer cancelled']);
    assert.deepEqual(await week.stepsOfRevision(1), ALL_STAGES);
    assert.deepEqual((await week.storyOfRevision(1)).filter((line) => line.startsWith('child')), ['child weekTable']);
    assert.deepEqual(status.stages.map(({ stage, state, figures }) => `${stage} ${state}: ${figures}`), [
      'days done: 7 days', 'extract done: 3 to score', 'train done: 2 recipes', 'accept done: AUC 0.700', 'score done: 3 rows', 'publish done: revision 1, key `k1`; serving',
    ]);
    assert.deepEqual(status.live, { revision: 1, address: `http://endpoint/${week.property}/2026-W10/v1`, modelId: 'm2', scored: 3 });
    assert.deepEqual(told(week), []);
  });

  test('it is found by its attributes; the Web UI shows its stages, and says of each step what it is, on the queue of its class', async () => {
    const week = await startWeek(world, 'shown');
    await week.once('serving');
    const revision = week.revisionHandle(1);
    await revision.result();
    const attributes = async (of: Pick<WorkflowHandle, 'describe'>) =>
      Object.fromEntries(Object.entries((await of.describe()).searchAttributes).filter(([name]) => name in searchAttributes));
    const both = { Property: [week.property], Week: ['2026-W10'], ModelVersion: ['m2'], Rows: [3] };
    assert.deepEqual(await attributes(week.handle), { ...both, RunKind: ['week'], Stage: ['serving'] });
    assert.deepEqual(await attributes(revision), { ...both, RunKind: ['revision'], Stage: ['publish'] });

    const rows = /\| stage \| state \| figures \| took \|\n\|---\|---\|---\|---\|\n\| days \| done \| 7 days \| [\d.]+ s \|\n\| extract \| done \| 3 to score \|.*\n\| train \| done \| 2 recipes \|.*\n\| accept \| done \| AUC 0\.700 \|.*\n\| score \| done \| 3 rows \|.*\n\| publish \| done \| revision 1, .*\|$/;
    assert.match(await detailsOf(week.handle), new RegExp(`^logistic is better than the baseline\\.\n\n${rows.source}`));
    assert.match(await detailsOf(revision), new RegExp(`^${rows.source}`));

    const steps = [...(await stepsOf(week.handle)), ...(await stepsOf(revision))];
    assert.deepEqual(steps.filter(({ summary }) => summary.length < 3), [], 'every step has a summary');
    const onQueue = (queue: string) => [...new Set(steps.filter((step) => step.queue === world.taskQueue + queue).map(({ step }) => step))];
    assert.deepEqual(onQueue('-compute'), ['trainModels', 'acceptModel']);
    assert.deepEqual(onQueue('-publish'), ['issueKey', 'stageBuilt', 'probeRelease', 'goLive', 'retireOldWeeks', 'endRetiredWeeks']);
    assert.equal(steps.filter(({ queue }) => queue === world.taskQueue).length, steps.length - 8, 'and the rest on the queue for reading and writing');
  });

  test('a week that is live already is served and not built again', async () => {
    const week = await startWeek(world, 'live-already', { openWeek: async () => ({ nextRevision: 4, live: { revision: 3, address: 'http://endpoint', modelId: 'm1', scored: 5 }, isRetired: false }) });
    await week.once('serving');
    assert.deepEqual(await week.story(), ['openWeek']);
  });

  test('a week waits for its days, tells people once, and a day that becomes final wakes it before the hour is over', async () => {
    let isFinal = false;
    const week = await startWeek(world, 'woken', { lookAtDays: async () => (isFinal ? ready : notReady) });
    const timers = (count: number) => eventually(async () => (await week.story()).filter((line) => line === 'timer 3600 s').length === count, 30_000, `timer ${count}`);
    await timers(1);
    assert.deepEqual((await week.status()).waitingFor, notReady.waitingFor);
    await week.handle.signal('dayFinal', { day: '2026-03-07' });
    await timers(2);
    isFinal = true;
    await week.handle.signal('dayFinal', { day: '2026-03-08' });
    await week.once('serving');
    assert.deepEqual(await week.story(), [
      'openWeek', 'lookAtDays', 'notifyPeople', 'timer 3600 s',
      'signal dayFinal', 'timer cancelled', 'lookAtDays', 'timer 3600 s',
      'signal dayFinal', 'timer cancelled', 'lookAtDays', 'timer 21600 s', 'child revision', 'timer cancelled',
    ]);
    assert.deepEqual(told(week), [['waiting', notReady.sentence]]);
  });

  test('a week that waits for what is not due yet calls nobody and is not late, however long it waits', async () => {
    let isFinal = false;
    const early: DaysLook = { ...notReady, waitingFor: [{ day: '2026-03-08', state: 'not-due' }], needsPerson: false, isEarly: true };
    const state = { ...newState(), nextRevision: 2, pending: [{ revision: 1, from: null, requestId: null, override: null }], waitedHours: 6 };
    const week = await startWeek(world, 'early', { lookAtDays: async () => (isFinal ? ready : early) }, state);
    await eventually(async () => (await week.story()).includes('timer 3600 s'), 30_000, 'the wait');
    isFinal = true;
    await week.handle.signal('dayFinal', { day: '2026-03-08' });
    await week.once('serving');
    assert.deepEqual(told(week), []);
  });

  test('a wait whose history grows too long goes on as a new run; people hear once that it waits, and once that it is late', async () => {
    let isFinal = false;
    const state = { ...newState(), nextRevision: 2, pending: [{ revision: 1, from: null, requestId: null, override: null }], waitedHours: 6 };
    const week = await startWeek(world, 'waits-long', { lookAtDays: async () => (isFinal ? ready : notReady) }, state);
    await eventually(async () => (await week.story()).includes('timer 3600 s'), 30_000, 'the wait');
    const { runId } = await week.handle.describe();
    await Promise.all(Array.from({ length: 400 }, () => week.handle.signal('dayFinal', { day: 'x'.repeat(12_000) })));
    const first = world.client.workflow.getHandle(week.handle.workflowId, runId);
    await eventually(async () => (await first.describe()).status.name === 'CONTINUED_AS_NEW', 30_000, 'the end of the first run');
    assert.deepEqual((await week.status()).waitingFor, notReady.waitingFor);
    isFinal = true;
    await week.handle.signal('dayFinal', { day: '2026-03-08' });
    await week.once('serving');
    assert.deepEqual(new Set(told(week).map((line) => JSON.stringify(line))), new Set([['waiting', notReady.sentence], ['late', notReady.sentence]].map((line) => JSON.stringify(line))));
  });

  test('a build that takes long is told once, with where it stands, and goes on', async () => {
    const { promise: pinnedAtLast, resolve: goOn } = Promise.withResolvers<typeof pinned>();
    const week = await startWeek(world, 'late-build', { lookAtDays: async () => ({ ...ready, lateAfterHours: 1 / 1800 }), pinDays: () => pinnedAtLast });
    await week.once(() => week.inputs('notifyPeople').length === 1);
    const { sentence, phase } = await week.status();
    assert.equal(phase, 'building');
    assert.match(sentence, /^revision 1 of 2026-W10 (is still at|still waits to begin) stage days after /);
    goOn(pinned);
    await week.once('serving');
    assert.deepEqual(told(week), [['late', sentence]]);
    assert.deepEqual(await week.story(), ['openWeek', 'lookAtDays', 'timer 2 s', 'child revision', 'notifyPeople']);
  });

  test('a week that is retired while it waits builds nothing', async () => {
    const week = await startWeek(world, 'retired-waiting', { lookAtDays: async () => notReady });
    await eventually(async () => (await week.story()).includes('timer 3600 s'), 30_000, 'the wait');
    assert.deepEqual(await week.update('retire', { reason: 'not wanted', by: 'ann' }), { retired: true });
    assert.deepEqual(await week.handle.result(), { phase: 'retired' });
    assert.deepEqual(await week.story(), ['openWeek', 'lookAtDays', 'notifyPeople', 'timer 3600 s', 'update retire', 'timer cancelled', 'retireWeek']);
    assert.deepEqual(week.inputs('retireWeek'), [{ property: week.property, week: '2026-W10', reason: 'not wanted', by: 'ann' }]);
  });

  test('a week that is retired while it is built ends its revision', async () => {
    const week = await startWeek(world, 'retired-building', { trainModels: untilCancelled });
    await week.once(() => week.inputs('trainModels').length === 1);
    assert.deepEqual(await week.update('retire', { reason: 'not wanted', by: 'ann' }), { retired: true });
    assert.deepEqual(await week.handle.result(), { phase: 'retired' });
    assert.equal((await week.revisionHandle(1).describe()).status.name, 'CANCELLED');
    assert.deepEqual(await week.steps(), ['openWeek', 'lookAtDays', 'retireWeek']);
  });

  test('cancelling a week cancels the revision that is built, and the step it is at', async () => {
    const week = await startWeek(world, 'cancelled', { extractShards: untilCancelled });
    await week.once(() => week.inputs('extractShards').length === 2);
    await week.handle.cancel();
    await assert.rejects(week.handle.result(), ({ cause }: Error) => cause instanceof Error && cause.name === 'CancelledFailure');
    assert.equal((await week.revisionHandle(1).describe()).status.name, 'CANCELLED');
    assert.deepEqual(await week.stepsOfRevision(1), ['pinDays', 'planExtract', 'extractShards', 'extractShards']);
  });

  test('a revision that fails first leaves nothing live, tells people why, and can be built again', async () => {
    let isBroken = true;
    const week = await startWeek(world, 'failed', {
      pinDays: async () => {
        if (isBroken) throw ApplicationFailure.nonRetryable('no day has activity; load its days first', 'week-not-decided');
        return pinned;
      },
    });
    const failed = await week.once('failed');
    assert.equal(failed.sentence, 'revision 1 failed: no day has activity; load its days first');
    assert.deepEqual(failed.stages.map(({ stage, state }) => `${stage} ${state}`), ['days failed']);
    await week.once(() => week.inputs('notifyPeople').length === 1);
    assert.deepEqual(told(week), [['failed', 'no day has activity; load its days first']]);
    isBroken = false;
    assert.deepEqual(await week.rerun({ from: 'days', requestId: 'again' }), { revision: 2 });
    await week.once('serving');
    assert.deepEqual(await week.steps(), ['openWeek', 'lookAtDays', 'notifyPeople', 'lookAtDays']);
  });

  test('a later revision that fails leaves the live one serving and tells people', async () => {
    let isBroken = false;
    const week = await startWeek(world, 'failed-later', {
      probeRelease: async () => {
        if (isBroken) throw ApplicationFailure.nonRetryable('the probe got 500', 'probe');
        return undefined as never; // nobody reads the report
      },
    });
    const { live } = await week.once('serving');
    isBroken = true;
    await week.rerun({ from: 'publish', requestId: 'again' });
    const status = await week.once(({ sentence }) => sentence.includes('failed'));
    assert.deepEqual([status.phase, status.sentence, status.live], ['serving', 'revision 2 failed: the probe got 500', live]);
    await week.once(() => week.inputs('notifyPeople').length === 1);
    assert.deepEqual(told(week), [['failed', 'the probe got 500']]);
    assert.deepEqual((await week.stepsOfRevision(2)).slice(-2), ['probeRelease', 'refuseRelease']);
  });

  test('a model server that answers otherwise than the trainer fails the week before anything is written', async () => {
    const week = await startWeek(world, 'parity', {
      deployModel: async () => {
        throw ApplicationFailure.nonRetryable("the model server's answers differ from the trainer's by 2.0e-6", 'parity');
      },
    });
    const { sentence, live } = await week.once('failed');
    assert.deepEqual([sentence, live], ["revision 1 failed: the model server's answers differ from the trainer's by 2.0e-6", null]);
    assert.deepEqual(await week.stepsOfRevision(1), [...DAYS, ...EXTRACT, ...TRAIN, ...ACCEPT, 'planScore', 'deployModel']);
  });

  test('nobody who can be told does not hold the week up, and the log says so', async () => {
    const week = await startWeek(world, 'untold', {
      acceptModel: async () => ({ ...accepted, outcome: 'not-enough-evidence' }),
      notifyPeople: async () => {
        throw ApplicationFailure.nonRetryable('the webhook is gone');
      },
    });
    assert.equal((await week.once('serving')).last?.outcome, 'not-enough-evidence');
    const [said] = await eventually(async () => world.warnings(week.property).length > 0 && world.warnings(week.property), 10_000, 'the warning');
    assert.match(said!, /^nobody could be told; the week goes on, and its details say the same \(the webhook is gone\)$/);
  });

  test('what cannot be tidied up after a release is left to the next week, and the log says why', async () => {
    const week = await startWeek(world, 'untidy', {
      retireOldWeeks: async () => {
        throw ApplicationFailure.nonRetryable('the old week cannot be retired');
      },
    });
    await week.once('serving');
    const [said] = await eventually(async () => world.warnings(week.property).length > 0 && world.warnings(week.property), 10_000, 'the warning');
    assert.equal(said, 'tidying up after a release failed; the next week tries again (the old week cannot be retired)');
  });

  test('a model that is rejected: the champion serves, and people are told', async () => {
    const week = await startWeek(world, 'rejected', { acceptModel: async () => ({ ...accepted, outcome: 'rejected', modelId: 'm1', recipe: 'baseline', sentence: 'no better than the baseline' }) });
    const status = await week.once('serving');
    await week.once(() => week.inputs('notifyPeople').length === 1);
    assert.deepEqual([status.live?.modelId, status.last?.outcome], ['m1', 'rejected']);
    assert.deepEqual(week.inputs('deployModel'), [{ property: week.property, modelId: 'm1' }]);
    assert.deepEqual(told(week), [['not-accepted', 'no better than the baseline']]);
    assert.deepEqual(await week.stepsOfRevision(1), ALL_STAGES);
  });

  test('stages that were built before are taken as they are', async () => {
    const week = await startWeek(world, 'reused', {
      planExtract: async () => ({ inputHash: 'e', atOnce: 2, needsPopulation: false, reused: extracted }),
      planScore: async () => ({ inputHash: 's', atOnce: 2, copiesRows: false, reused: scored }),
    });
    await week.once('serving');
    assert.deepEqual(await week.stepsOfRevision(1), [...DAYS, 'planExtract', ...TRAIN, ...ACCEPT, 'planScore', ...PUBLISH]);
    assert.ok(!(await week.storyOfRevision(1)).includes('child weekTable'));
  });

  test('under the mean-gap rule the gaps of everybody are measured first and each shard is told', async () => {
    const week = await startWeek(world, 'mean-gap', { planExtract: async () => ({ inputHash: 'e', atOnce: 2, needsPopulation: true, reused: null }) });
    await week.once('serving');
    assert.deepEqual(await week.stepsOfRevision(1), [...DAYS, 'planExtract', 'measureGaps', 'measureGaps', ...EXTRACT.slice(1), ...TRAIN, ...ACCEPT, ...SCORE, ...PUBLISH]);
    assert.deepEqual(week.inputs('extractShards').map(({ shards, population }) => [shards, population]), [[[0], { meanGapDays: 4 }], [[1], { meanGapDays: 4 }]]);
  });

  test('training waits until the week before is decided', async () => {
    let looks = 0;
    const week = await startWeek(world, 'week-before', { isPreviousWeekDecided: async () => looks++ > 0 });
    await week.once('serving');
    const story = await week.storyOfRevision(1);
    assert.deepEqual(story.slice(story.indexOf('isPreviousWeekDecided'), story.indexOf('acceptModel')), ['isPreviousWeekDecided', 'timer 5 s', 'isPreviousWeekDecided', 'trainModels']);
  });

  test('tables that have lost their last property are dropped, on the queue for schema changes', async () => {
    const week = await startWeek(world, 'unused-tables', { endRetiredWeeks: async () => ({ tables: ['2025-W01'] }) });
    await week.once('serving');
    assert.deepEqual((await week.storyOfRevision(1)).slice(-3), ['endRetiredWeeks', 'child weekTable', 'sweepGenerations']);
    assert.deepEqual(await world.steps('week-table/2025_01'), ['dropUnusedWeekTable']);
    assert.equal((await world.client.workflow.getHandle('week-table/2025_01').describe()).taskQueue, `${world.taskQueue}-tables`);
  });
});

/** What the Web UI shows above the history. */
async function detailsOf(handle: Pick<WorkflowHandle, 'query'>): Promise<string> {
  return (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
}

interface ScheduledStep {
  readonly step: string;
  readonly queue: string;
  readonly summary: string;
}

async function stepsOf(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<ScheduledStep[]> {
  return ((await handle.fetchHistory()).events ?? []).flatMap(({ activityTaskScheduledEventAttributes: step, userMetadata }) => step
    ? [{ step: String(step.activityType?.name), queue: String(step.taskQueue?.name), summary: Buffer.from(userMetadata?.summary?.data ?? []).toString('utf8') }]
    : []);
}
