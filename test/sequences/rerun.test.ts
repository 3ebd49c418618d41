import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { createAlmanac } from '../../src/client.ts';
import { weekId } from '../../src/domain/release/ids.ts';
import { isForced, STAGES, type Stage } from '../../src/domain/release/stages.ts';
import { eventually } from '../stack.ts';
import { extracted, scored } from './canned-steps.ts';
import { ALL_STAGES, startWeek, WEEK, weekOf, type TestWeek } from './week-world.ts';
import { sequenceWorld, type SequenceWorld } from './world.ts';

suite('building a week again', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  /** A build whose revision is done before it would be late. */
  const BUILT = ['lookAtDays', 'timer 21600 s', 'child revision', 'timer cancelled'];
  const live = (week: TestWeek, revision: number) => week.once((status) => status.live?.revision === revision);
  /** Which of the stages that may be reused were forced in a revision. */
  const forced = (week: TestWeek, revision: number): string[] =>
    (['planExtract', 'trainModels', 'acceptModel', 'planScore'] as const).filter((step) => week.inputs(step).some((input) => input.revision === revision && input.isForced === true));
  const FORCED_BY: Readonly<Record<Stage, readonly string[]>> = {
    days: ['planExtract', 'trainModels', 'acceptModel', 'planScore'],
    extract: ['planExtract', 'trainModels', 'acceptModel', 'planScore'],
    train: ['trainModels', 'acceptModel', 'planScore'],
    accept: ['acceptModel', 'planScore'],
    score: ['planScore'],
    publish: [],
  };

  test('from each stage: what comes before is offered for reuse, the stage and what comes after is worked again', async () => {
    const week = await startWeek(world, 'each-stage', {
      openWeek: async () => ({ nextRevision: 2, live: { revision: 1, address: 'http://endpoint', modelId: 'm1', scored: 3 }, isRetired: false }),
      planExtract: async (input) => ({ inputHash: 'e', atOnce: 2, needsPopulation: false, reused: input.isForced ? null : extracted }),
      planScore: async (input) => ({ inputHash: 's', atOnce: 2, copiesRows: false, reused: input.isForced ? null : scored }),
    });
    await week.once('serving');
    for (const [index, from] of STAGES.entries()) {
      const revision = index + 2;
      assert.deepEqual(await week.rerun({ from, requestId: `from-${from}` }), { revision });
      await live(week, revision);
      assert.deepEqual(forced(week, revision), FORCED_BY[from], `from ${from}`);
      const steps = await week.stepsOfRevision(revision);
      assert.deepEqual([steps.includes('extractShards'), steps.includes('writeScores')], [isForced('extract', from), isForced('score', from)], `from ${from}`);
    }
    assert.deepEqual(week.inputs('compareRevisions').map(({ previous }) => previous), [1, 2, 3, 4, 5, 6]);
  });

  test('by a plain signal', async () => {
    const week = await startWeek(world, 'by-signal');
    await live(week, 1);
    await week.handle.signal('rerun', { from: 'train', requestId: 'by-hand' });
    await live(week, 2);
    assert.deepEqual(forced(week, 2), FORCED_BY.train);
    assert.deepEqual(await week.story(), ['openWeek', ...BUILT, 'signal rerun', ...BUILT]);
  });

  test('by `temporal workflow signal`', async () => {
    const week = await startWeek(world, 'by-command');
    await live(week, 1);
    const binary = process.env.ALMANAC_TEST_TEMPORAL_BINARY;
    assert.ok(binary, 'ALMANAC_TEST_TEMPORAL_BINARY is set by npm test');
    await promisify(execFile)(binary, ['workflow', 'signal', '--address', world.address, '--workflow-id', week.handle.workflowId, '--name', 'rerun', '--input', '{"from": "accept", "requestId": "by-hand"}']);
    await live(week, 2);
    assert.deepEqual(forced(week, 2), FORCED_BY.accept);
  });

  test('a bad signal is refused in the sentence that people see, and builds nothing', async () => {
    const week = await startWeek(world, 'bad-signal');
    await live(week, 1);
    await week.handle.signal('rerun', { from: 'trian', requestId: 'typo' });
    const { sentence } = await week.once((status) => status.sentence.startsWith('rerun refused'));
    assert.equal(sentence, 'rerun refused: "trian" is not a stage; expected one of days, extract, train, accept, score, publish');
    assert.deepEqual(await week.steps(), ['openWeek', 'lookAtDays']);
  });

  test('a bad update is refused with the sentence and leaves no trace in the history', async () => {
    const week = await startWeek(world, 'bad-update');
    await live(week, 1);
    const before = await week.story();
    const refused = (request: unknown, sentence: RegExp) => assert.rejects(week.update('rerun', request), ({ cause }: Error) => cause instanceof Error && sentence.test(cause.message));
    await refused({ from: 'trian', requestId: 'a' }, /^"trian" is not a stage; expected one of days, extract, train, accept, score, publish$/);
    await refused({ from: 'train', requestId: 'with space' }, /^requestId is "with space"; expected 1 to 64 letters/);
    await refused(null, /^expected \{"from": "<stage>", "requestId"/);
    await assert.rejects(week.update('approve', { requestId: 'a', reason: ' ', by: 'ann' }), ({ cause }: Error) => cause instanceof Error && cause.message.startsWith('a reason is expected'));
    assert.deepEqual(await week.story(), before);
  });

  test('the same request id twice is one revision, by update and by signal', async () => {
    const week = await startWeek(world, 'twice');
    await live(week, 1);
    assert.deepEqual(await week.rerun({ from: 'publish', requestId: 'once' }), { revision: 2 });
    assert.deepEqual(await week.rerun({ from: 'publish', requestId: 'once' }), { revision: 2 });
    await week.handle.signal('rerun', { from: 'publish', requestId: 'once' });
    await live(week, 2);
    assert.deepEqual(await week.rerun({ from: 'publish', requestId: 'other' }), { revision: 3 });
    await live(week, 3);
    assert.equal((await week.story()).filter((line) => line === 'child revision').length, 3);
  });

  test('requests that come while one is built are built after it, in order', async () => {
    const { promise: trained, resolve: goOn } = Promise.withResolvers<void>();
    const week = await startWeek(world, 'queued', {
      issueKey: async () => {
        await trained;
        return { keyId: 'k1', created: false };
      },
    });
    await week.once(() => week.inputs('issueKey').length === 1);
    assert.deepEqual(await week.rerun({ from: 'score', requestId: 'first' }), { revision: 2 });
    assert.deepEqual(await week.rerun({ from: 'train', requestId: 'second' }), { revision: 3 });
    goOn();
    await live(week, 3);
    assert.deepEqual(week.inputs('goLive').map(({ revision }) => revision), [1, 2, 3]);
  });

  test('on a closed week, through an update that starts it', async () => {
    let opened = 0;
    const week = await startWeek(world, 'closed', { openWeek: async () => ({ nextRevision: opened++ === 0 ? 1 : 2, live: null, isRetired: false }) });
    await live(week, 1);
    await week.update('retire', { reason: 'enough', by: 'ann' });
    await week.handle.result();
    const almanac = createAlmanac({ client: world.client, taskQueue: world.taskQueue });
    assert.deepEqual(await almanac.weeks.rerun(week.property, WEEK, { from: 'publish', requestId: 'back' }), { revision: 2 });
    const again = weekOf(world, week.property);
    await live(again, 2);
    assert.deepEqual((await again.story()).toSorted(), [...BUILT, 'openWeek', 'update rerun'].toSorted());
    assert.deepEqual(await again.stepsOfRevision(2), ALL_STAGES);
  });

  test('on a week that never ran, two requests at once are two revisions and no third is built', async () => {
    const property = world.property('never-ran');
    const almanac = createAlmanac({ client: world.client, taskQueue: world.taskQueue });
    const answers = await Promise.all(['a', 'b'].map((requestId) => almanac.weeks.rerun(property, WEEK, { from: 'days', requestId })));
    assert.deepEqual(answers.map(({ revision }) => revision).toSorted(), [1, 2]);
    const week = weekOf(world, property);
    await live(week, 2);
    assert.equal((await week.story()).filter((line) => line === 'child revision').length, 2);
  });

  test('a closed week answers a signal that starts it', async () => {
    const property = world.property('signal-with-start', { openWeek: async () => ({ nextRevision: 5, live: { revision: 4, address: 'http://endpoint', modelId: 'm1', scored: 3 }, isRetired: false }) });
    await world.client.workflow.signalWithStart('week', { workflowId: weekId(property, WEEK), taskQueue: world.taskQueue, args: [{ property, week: WEEK }], signal: 'rerun', signalArgs: [{ from: 'score', requestId: 'x' }] });
    const week = weekOf(world, property);
    await live(week, 5);
    assert.deepEqual(forced(week, 5), FORCED_BY.score);
  });

  test('a new key is made while the week serves', async () => {
    const week = await startWeek(world, 'rotated');
    await live(week, 1);
    assert.equal((await week.update<{ keyId: string }>('rotateKey')).keyId, 'k2');
    assert.deepEqual((await week.story()).slice(-2), ['update rotateKey', 'rotateKey']);
  });

  test('a history that grows too long goes on as a new run with everything it knew', async () => {
    const week = await startWeek(world, 'continued');
    await live(week, 1);
    await week.rerun({ from: 'publish', requestId: 'kept' });
    const { runId } = await week.handle.describe();
    const before = await live(week, 2);
    // The server suggests a new run when a history is over 4 MB; a page of it must stay below that to be fetched.
    await Promise.all(Array.from({ length: 400 }, () => week.handle.signal('dayFinal', { day: 'x'.repeat(12_000) })));
    const first = world.client.workflow.getHandle(week.handle.workflowId, runId);
    const ended = await eventually(async () => {
      const { status } = await first.describe();
      return status.name !== 'RUNNING' && status.name;
    }, 30_000, 'the end of the first run');
    assert.equal(ended, 'CONTINUED_AS_NEW');
    assert.deepEqual(await week.status(), before);
    assert.deepEqual(await week.rerun({ from: 'publish', requestId: 'kept' }), { revision: 2 }, 'a request that was handled before is still known');
    assert.deepEqual(await week.rerun({ from: 'publish', requestId: 'new' }), { revision: 3 });
    await live(week, 3);
    assert.deepEqual(await week.steps(), ['lookAtDays'], 'the store is not asked again');
    assert.deepEqual((await week.handle.describe()).searchAttributes.Week, [WEEK]);
  });
});
