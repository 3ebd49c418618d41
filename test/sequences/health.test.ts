import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { healthId } from '../../src/domain/release/ids.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { readHealth } from '../../src/main/read-health.ts';
import { schedulesOf } from '../../src/schedules.ts';
import { eventually } from '../stack.ts';
import { sequenceWorld, type SequenceWorld } from './world.ts';
import type { Activities } from '../../activities/index.ts';
import type { Config } from '../../src/config.ts';
import type { HealthState } from '../../src/domain/health/judge-round.ts';
import type { Outcome } from '../../src/domain/health/part.ts';

const up = (part: string, more: Partial<Outcome> = {}): Outcome => ({ part, isUp: true, sentence: 'answers', needs: [], canRestart: true, restarts: null, ...more });
const down = (part: string, more: Partial<Outcome> = {}): Outcome => ({ ...up(part, more), isUp: false, sentence: 'no answer within 5 s' });

suite('rounds of health', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(async () => {
    await applySchedules({ client: world.client, lines: [], taskQueue: world.taskQueue });
    await world.dispose();
  });

  /** A deployment whose rounds see, one after the other, what is listed; the last for ever. */
  async function aDeployment(path: string, seen: readonly (readonly Outcome[])[], steps: Partial<Activities> = {}): Promise<string> {
    let round = 0;
    const deployment = world.property(path, { lookAtPrograms: async () => {
      const outcomes = seen[Math.min(round, seen.length - 1)]!; // there is one at least
      round += 1;
      return { outcomes, known: outcomes.map(({ part }) => part) };
    }, ...steps });
    const config = { properties: {}, temporal: { taskQueue: deployment }, health: { everyMinutes: 1, paused: true, failures: 2, calm: 2, mostRestartsPerHour: 1, settleSeconds: 1 } } as unknown as Config;
    await applySchedules({ client: world.client, lines: schedulesOf(config), taskQueue: world.taskQueue });
    return deployment;
  }

  /** One more round after those there were; what it knows. */
  async function round(deployment: string): Promise<HealthState> {
    const query = `WorkflowType = 'health' AND Property = '${deployment}' AND ExecutionStatus != 'Running'`;
    const { count } = await world.client.workflow.count(query);
    await world.client.schedule.getHandle(healthId(deployment)).trigger('BUFFER_ALL');
    await eventually(async () => (await world.client.workflow.count(query)).count > count, 60_000, `round ${count + 1}`);
    const state = await readHealth(world.client, deployment, 10_000);
    assert.ok(state);
    return state;
  }
  const worked = (deployment: string, from = 0): string[] => world.calls(deployment).slice(from).map(({ step }) => step).filter((step) => !step.startsWith('lookAt'));

  test('each round knows what those before it saw: the second failure is one restart, one line, one message', async () => {
    const deployment = await aDeployment('one-death', [[up('endpoint')], [down('endpoint')], [down('endpoint')], [up('endpoint')]]);
    await round(deployment);
    await round(deployment);
    assert.deepEqual(worked(deployment), []);
    const died = await round(deployment);
    assert.deepEqual(worked(deployment), ['restartPart', 'writeHealthLines', 'notifyPeople']);
    const calls = world.calls(deployment);
    const { id } = died.parts[0]!.incident!; // it has just been restarted
    assert.deepEqual(calls.find(({ step }) => step === 'restartPart')?.input, { part: 'endpoint', key: `${id}/1`, reason: 'no answer within 5 s' });
    const told = calls.find(({ step }) => step === 'notifyPeople')!.input; // found above
    assert.deepEqual([told.kind, told.property, told.week], ['part-restarted', deployment, 'endpoint']);
    assert.match(String(told.sentence), /^endpoint has not answered since .* UTC \(no answer within 5 s\): its supervisor starts it again$/);
    for (let more = 0; more < 3; more += 1) await round(deployment);
    const calm = await round(deployment);
    assert.equal(worked(deployment).length, 3, 'well again is no news where nobody was called');
    assert.deepEqual([calm.parts[0]?.incident, calm.parts[0]?.askedEver, calm.unwritten, calm.untold], [null, 1, [], []]);
  });

  test('what cannot be written or told is owed to the next round, and the store is not asked while it is away', async () => {
    let tries = 0;
    const deployment = await aDeployment('owed', [[down('cassandra')], [down('cassandra')], [up('cassandra')]], {
      notifyPeople: async () => {
        if ((tries += 1) <= 2) throw ApplicationFailure.retryable('the webhook cannot be reached');
      },
    });
    await round(deployment);
    const died = await round(deployment);
    assert.deepEqual([died.unwritten.length, died.untold.length], [1, 1]);
    assert.ok(!worked(deployment).includes('writeHealthLines'));
    const back = await round(deployment);
    assert.deepEqual([back.unwritten, back.untold], [[], []]);
    assert.deepEqual(worked(deployment), ['restartPart', 'notifyPeople', 'notifyPeople', 'writeHealthLines', 'notifyPeople']);
    const sentences = new Set(world.calls(deployment).filter(({ step }) => step === 'notifyPeople').map(({ input }) => input.sentence));
    assert.equal(sentences.size, 1, 'the same words each time, which are the notice\'s id');
  });

  test('what could not be started again needs a person, and is not tried again; when it is well, that is told', async () => {
    const deployment = await aDeployment('refused', [[down('endpoint')], [down('endpoint')], [down('endpoint')], [up('endpoint')]], { restartPart: async () => ({ isDone: false, sentence: 'its supervisor has given it up' }) });
    for (let more = 0; more < 5; more += 1) await round(deployment);
    assert.deepEqual(worked(deployment).filter((step) => step !== 'writeHealthLines'), ['restartPart', 'notifyPeople', 'notifyPeople']);
    assert.deepEqual(world.calls(deployment).filter(({ step }) => step === 'notifyPeople').map(({ input }) => input.kind), ['part-needs-person', 'part-well-again']);
  });

  test('a source has its turn by when it was looked at last, and needs nobody but people', async () => {
    const seen: Record<string, number>[] = [];
    const source = down('source/shop', { canRestart: false });
    const deployment = await aDeployment('sources', [[up('worker')]], {
      lookAtData: async ({ lookedAtMs }) => {
        seen.push({ ...lookedAtMs });
        return { outcomes: seen.length <= 2 ? [source] : [], known: ['source/shop'] };
      },
    });
    for (let more = 0; more < 4; more += 1) await round(deployment);
    assert.deepEqual(seen.map((looked) => 'source/shop' in looked), [false, false, true, true], 'once it fails it is looked at until that is told');
    assert.equal(seen[3]?.['source/shop'], seen[2]?.['source/shop'], 'no look, no other time');
    assert.deepEqual(worked(deployment), ['writeHealthLines', 'notifyPeople']);
  });

  test('a round in which nobody could look says so of the worker, and forgets nothing', async () => {
    let isAway = false;
    const deployment = await aDeployment('nobody-looked', [], {
      lookAtPrograms: async () => {
        if (isAway) throw ApplicationFailure.nonRetryable('no worker takes it');
        return { outcomes: [up('worker'), up('endpoint')], known: ['worker', 'endpoint'] };
      },
      lookAtData: async () => {
        if (isAway) throw ApplicationFailure.nonRetryable('no worker takes it');
        return { outcomes: [up('source/shop')], known: ['source/shop'] };
      },
    });
    await round(deployment);
    isAway = true;
    await round(deployment);
    const { parts } = await round(deployment);
    assert.deepEqual(parts.map(({ part, isUp }) => [part, isUp]), [['worker', false], ['endpoint', true], ['source/shop', true]]);
    assert.equal(world.calls(deployment).filter(({ step }) => step === 'notifyPeople').at(-1)?.input.week, 'worker');
  });

  test('a round that was ended in the middle is made up for under the same name: nothing is restarted twice', async () => {
    const keys: string[] = [];
    let isFirst = true;
    const deployment = await aDeployment('ended', [[down('endpoint')]], {
      restartPart: async ({ key }) => {
        keys.push(key);
        if (!isFirst) return { isDone: true, sentence: 'its supervisor starts it again' };
        isFirst = false;
        throw ApplicationFailure.create({ message: 'the worker is gone', nextRetryDelay: '1 minute' });
      },
    });
    await round(deployment);
    await world.client.schedule.getHandle(healthId(deployment)).trigger('BUFFER_ALL');
    await eventually(async () => keys.length === 1, 60_000, 'a restart');
    for await (const { workflowId } of world.client.workflow.list({ query: `WorkflowType = 'health' AND Property = '${deployment}' AND ExecutionStatus = 'Running'` })) await world.client.workflow.getHandle(workflowId).terminate('by hand');
    await eventually(async () => (await world.client.workflow.count(`WorkflowType = 'health' AND Property = '${deployment}' AND ExecutionStatus = 'Terminated'`)).count === 1, 60_000, 'its end');
    await world.client.schedule.getHandle(healthId(deployment)).trigger('BUFFER_ALL');
    await eventually(async () => keys.length === 2, 60_000, 'the next round');
    assert.equal(keys[1], keys[0]);
  });
});
