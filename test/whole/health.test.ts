import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { healthId } from '../../src/domain/release/ids.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { readHealth } from '../../src/main/read-health.ts';
import { schedulesOf } from '../../src/schedules.ts';
import { commandLine } from '../command-line.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { AddressInfo } from 'node:net';
import type { Config } from '../../src/config.ts';
import type { HealthState } from '../../src/domain/health/judge-round.ts';
import type { Notice } from '../../src/ports/notifier.ts';
import type { Running } from '../../src/parts/supervised.ts';

/** A whole tree under its supervisor. Its rounds of health are asked for by hand, one after the other, through their own schedule. */
suite('health of a deployment on real parts', () => {
  const notices: Notice[] = [];
  let webhook: Server;
  let stack: TestStack;
  let deployment: string;

  before(async () => {
    webhook = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => {
        notices.push(JSON.parse(text) as Notice);
        response.end();
      });
    });
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
    stack = await startTestStack({
      properties: {}, parts: 'own', env: { ALMANAC_WEBHOOK: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}` },
      configuration: { health: { paused: true, failures: 2, calm: 2, mostRestartsPerHour: 2, settleSeconds: 120, timeoutSeconds: 5 } },
    });
    deployment = stack.config.temporal.taskQueue;
    await rule({});
  });
  after(async () => {
    await stack.stop();
    webhook.closeAllConnections();
    webhook.close();
  });

  /** Rules are part of the schedule: from the next round on they are these. */
  async function rule(changes: Partial<Config['health']>): Promise<void> {
    const lines = schedulesOf({ ...stack.config, health: { ...stack.config.health, ...changes } });
    await applySchedules({ client: stack.client, lines, taskQueue: deployment });
  }
  const running = (name: string): Running => stack.supervisor.running().find((each) => each.name === name)!; // the stack has started it
  const signal = (name: string, what: NodeJS.Signals): void => void process.kill(running(name).pid!, what); // it runs
  const ended = `WorkflowType = 'health' AND ExecutionStatus != 'Running'`;

  async function round(): Promise<HealthState> {
    const { count } = await stack.client.workflow.count(ended);
    await stack.client.schedule.getHandle(healthId(deployment)).trigger('BUFFER_ALL');
    await eventually(async () => (await stack.client.workflow.count(ended)).count > count, 120_000, 'a round of health');
    const state = await readHealth(stack.client, deployment, 10_000);
    assert.ok(state);
    return state;
  }
  /** Rounds until one knows this. */
  async function rounds(holds: (state: HealthState) => boolean): Promise<HealthState> {
    for (const deadline = Date.now() + 100_000; ;) {
      const state = await round();
      if (holds(state)) return state;
      assert.ok(Date.now() < deadline, `not so after 100 s: ${JSON.stringify(state)}`);
    }
  }
  const isCalm = ({ parts }: HealthState): boolean => parts.every(({ isUp, incident }) => isUp && incident === null);
  /** What people and the audit were told since. */
  async function told(since: number): Promise<{ people: string[]; audit: string[] }> {
    const lines = await stack.stores.releaseStore.readAudit(deployment, 100);
    return { people: notices.slice(since).map(({ subject, kind }) => `${subject} ${kind}`), audit: lines.map(({ subject, action }) => `${subject} ${action}`).reverse() };
  }
  let audited: readonly string[] = [];
  /** The lines that are new in the audit. */
  async function tellsOnce(since: number, expected: readonly string[]): Promise<void> {
    const { people, audit } = await told(since);
    assert.deepEqual(people, expected);
    assert.deepEqual(audit.slice(audited.length), expected);
    audited = audit;
  }

  test('every part is looked at, and nobody is told that all is well', async () => {
    const { parts } = await round();
    assert.deepEqual(parts.map((state) => [state.part, state.isUp]), [['worker', true], ['cassandra', true], ['temporal', true], ['model-server', true], ['endpoint', true]]);
    await tellsOnce(0, []);
    const page = await (await fetch(`http://127.0.0.1:${stack.config.worker.metricsPort}/metrics`)).text();
    assert.match(page, /^almanac_part_up\{part="endpoint"\} 1$/m);
    assert.match(page, /^almanac_part_restarts_asked\{part="endpoint"\} 0$/m);
  });

  test('an endpoint that hangs is started again once, told once, and answers', async () => {
    const since = notices.length;
    signal('endpoint', 'SIGSTOP');
    await rounds(({ parts }) => parts.some(({ askedEver }) => askedEver > 0));
    await rounds(isCalm);
    assert.equal(running('endpoint').restarts, 1);
    assert.equal((await fetch(`http://127.0.0.1:${stack.config.endpoint.port}/readyz`)).status, 200);
    await round();
    await tellsOnce(since, ['endpoint part-restarted']);
  });

  test('a model server that is killed is started again by its supervisor, which is told once', async () => {
    const since = notices.length;
    signal('model-server', 'SIGKILL');
    await eventually(async () => running('model-server').restarts === 1 && running('model-server').state === 'ready', 60_000, 'its next start');
    await rounds(({ parts }) => parts.some(({ part, incident }) => part === 'model-server' && incident !== null));
    await rounds(isCalm);
    assert.equal(running('model-server').restarts, 1);
    await tellsOnce(since, ['model-server part-ended']);
  });

  test('a Cassandra that hangs is started again, and only it; what could not be written meanwhile is written once', async () => {
    const since = notices.length;
    const before = running('endpoint').restarts;
    signal('cassandra', 'SIGSTOP');
    await rounds(({ parts }) => (parts.find(({ part }) => part === 'cassandra')?.askedEver ?? 0) === 1);
    await eventually(async () => running('cassandra').restarts === 1 && running('cassandra').state === 'ready', 150_000, 'its next start');
    await rounds((state) => isCalm(state) && state.unwritten.length === 0);
    assert.deepEqual([running('cassandra').restarts, running('endpoint').restarts - before], [1, 0]);
    await tellsOnce(since, ['cassandra part-restarted']);
  });

  for (const part of ['temporal', 'worker'] as const) {
    test(`a ${part} that hangs, without which no round runs, is started again by its supervisor alone, told once, and the tree works on`, async () => {
      const since = notices.length;
      const before = new Map(stack.supervisor.running().map(({ name, restarts }) => [name, restarts]));
      signal(part, 'SIGSTOP');
      await eventually(async () => running(part).restarts > before.get(part)! && running(part).state === 'ready', 240_000, 'its next start'); // it was running
      await rounds(({ parts }) => parts.some((state) => state.part === part && state.incident !== null));
      await rounds(isCalm);
      await round();
      assert.deepEqual(stack.supervisor.running().flatMap(({ name, restarts }) => Array.from({ length: restarts - before.get(name)! }, () => name)), [part]); // all were running
      await tellsOnce(since, [`${part} part-ended`]);
    });
  }

  test('a worker that is killed in the middle of a restart does not restart twice: one restart, one line, one message, and its own', async () => {
    const since = notices.length;
    const before = running('endpoint').restarts;
    signal('endpoint', 'SIGSTOP');
    await round();
    const [second] = await Promise.all([round(), eventually(async () => running('endpoint').state === 'restarting', 60_000, 'the restart').then(() => signal('worker', 'SIGKILL'))]);
    assert.equal(second.parts.find(({ part }) => part === 'endpoint')?.askedEver, 2, 'of the two incidents that it has had');
    await rounds(({ parts }) => parts.some(({ part, incident }) => part === 'worker' && incident !== null));
    await rounds(isCalm);
    assert.equal(running('endpoint').restarts - before, 1);
    const { people, audit } = await told(since);
    assert.deepEqual([people.toSorted(), audit.slice(audited.length).toSorted()], [['endpoint part-restarted', 'worker part-ended'], ['endpoint part-restarted', 'worker part-ended']]);
    audited = audit;
  });

  test('a part that never comes back is started again as often as is allowed, given up once, and told once when it is well', async () => {
    const since = notices.length;
    await rule({ settleSeconds: 1 });
    let isAway = true;
    const frozen = new Set<number>();
    const freeze = (async () => {
      // Whatever is started is stopped before it can answer.
      while (isAway) {
        const { pid } = running('model-server');
        if (pid !== undefined && !frozen.has(pid)) {
          process.kill(pid, 'SIGSTOP');
          frozen.add(pid);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const needsPerson = ({ parts }: HealthState): boolean => parts.find(({ part }) => part === 'model-server')?.incident?.needsPerson === true;
    const given = await rounds(needsPerson);
    assert.equal(given.parts.find(({ part }) => part === 'model-server')?.askedMs.length, stack.config.health.mostRestartsPerHour);
    for (let more = 0; more < 3; more += 1) await round();
    isAway = false;
    await freeze;
    assert.deepEqual((await told(since)).people, ['model-server part-restarted', 'model-server part-gave-up']);
    signal('model-server', 'SIGCONT');
    await rounds(isCalm);
    const { people, audit } = await told(since);
    assert.deepEqual(people, ['model-server part-restarted', 'model-server part-gave-up', 'model-server part-well-again']);
    assert.deepEqual(audit.slice(audited.length), ['model-server part-restarted', 'model-server part-restarted-again', 'model-server part-gave-up', 'model-server part-well-again']);
    const { out } = await commandLine(() => stack.env).almanac('status');
    assert.match(out, /✓ +model-server +just now +started again 2 times within the hour +answers 404$/m);
  });
});
