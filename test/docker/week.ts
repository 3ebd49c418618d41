import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { bringIn, buildWeek, LITTLE_SHOP, littleShopProperties, quietly, served, writeLittleShop } from '../faults/little-shop.ts';
import { injected } from '../faults/injected.ts';
import { killsIn } from '../faults/struck.ts';
import { differencesOf, dumpOf, hashesOf, type Dump } from '../faults/tables.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { Kill } from '../faults/kills.ts';
import type { DockerWorld } from './world.ts';

const [firstWeek, secondWeek] = LITTLE_SHOP.weeks;

/** Where a week that trains and scores in containers is killed, in the order in which it comes there. */
const training = { target: 'worker', step: 'trainModels' } as const;
const created: Kill = { ...training, name: 'docker.create', when: 'after' };
const begun: Kill = { ...training, name: 'docker.start', when: 'after' };
const waiting: Kill = { ...training, name: 'docker.usage', when: 'during' };
const inSteps: readonly Kill[] = [
  created, begun, waiting, { ...training, name: 'docker.remove', when: 'before' }, { ...training, name: 'docker.remove', when: 'after' },
  { target: 'worker', step: 'deployModel', name: 'modelService.deploy', when: 'during' },
  { target: 'worker', step: 'predictShards', name: 'modelService.predict', when: 'during' },
  { target: 'model-server', step: 'deployModel', name: 'modelService.predict', when: 'during' },
];

/** Two weeks from raw days to scores, in processes and in containers; the worker and the daemon are killed on the way. */
export function weekTrial({ engine, image, folder }: DockerWorld): void {
  const days = path.join(folder, 'days');

  async function started(configuration: Record<string, unknown>, env: Record<string, string> = {}): Promise<TestStack> {
    const stack = await startTestStack({ parts: 'own-temporal', properties: littleShopProperties(days), configuration, env });
    await bringIn(stack.almanac, LITTLE_SHOP.firstDay, LITTLE_SHOP.lastDay);
    return stack;
  }

  const kept = (stack: TestStack): Promise<Dump> => dumpOf({ cassandra: stack.stores.cassandra, artifacts: path.join(stack.home, 'artifacts') });
  const idsOf = async (wanted: { label: string[] } | { name: string[] }, all = false) => (await engine.docker.listContainers({ all, filters: wanted })).map(({ Id }) => Id);
  const job = { label: ['almanac.job'] };
  const trainers = () => idsOf(job);
  const servers = async () => (await engine.containers()).filter((name) => name.endsWith('-model-server'));

  suite('weeks whose trainer and model server run in containers', () => {
    let embedded: Dump;
    let stack: TestStack;

    before(async () => {
      writeLittleShop(days);
      const processes = await started({});
      try {
        for (const week of LITTLE_SHOP.weeks) await buildWeek(processes.almanac, week);
        embedded = await kept(processes);
      } finally {
        await processes.stop();
      }
      const socket = engine.socketPath;
      stack = await started({ runner: { kind: 'docker', image, socket }, modelServer: { container: { image, socket } } }, injected('watched-steps'));
    });
    after(() => stack?.stop());

    test('kill -9 of the worker in every step that uses a container: what a container began is taken over, and none is left', async () => {
      const since = Math.floor(Date.now() / 1000);
      const [server] = await servers();
      const serving = await idsOf({ name: ['-model-server'] });
      const { arm, struck, deathsOf } = killsIn(stack);
      arm(inSteps);
      await stack.almanac.weeks.run(LITTLE_SHOP.property, firstWeek);
      await struck(created);
      const [id = ''] = await idsOf(job, true);
      await struck(begun);
      const goOn = await standStill(id); // else it would have ended before anybody waits for it again
      await struck(waiting);
      goOn();
      await served(stack.almanac, firstWeek, 1);
      const deaths = await deathsOf(inSteps);
      assert.equal(stack.supervisor.running().find(({ name }) => name === 'worker')?.restarts, deaths);
      // The second one is of the attempt that found neither container nor result: the one before it had removed it and died.
      const [first, ...more] = await createdSince(since, 'almanac.job');
      assert.deepEqual([first, more.length], [id, 1]);
      assert.deepEqual(await idsOf(job, true), []);
      assert.deepEqual(await engine.containers(), [server]);
      assert.deepEqual(await idsOf({ name: ['-model-server'] }), serving, 'the model server outlives whoever keeps it');
      const logs = path.join(stack.home, 'logs', 'jobs');
      const [log = ''] = await readdir(logs);
      assert.match(await readFile(path.join(logs, log), 'utf8'), /^dataset: \d+ rows/);
    });

    test('kill -9 of the daemon during the training: the week waits for it, and nothing is left of what ran before', async () => {
      const [server] = await servers();
      await stack.almanac.weeks.run(LITTLE_SHOP.property, secondWeek);
      await eventually(async () => (await trainers()).length === 1, 180_000, 'a container that trains');
      await engine.kill();
      await new Promise((resolve) => setTimeout(resolve, 5000)); // the worker meets a daemon that is not there
      assert.notEqual((await quietly(() => stack.almanac.weeks.status(LITTLE_SHOP.property, secondWeek)))?.phase, 'failed');
      await engine.start();
      await served(stack.almanac, secondWeek, 1);
      assert.deepEqual(await trainers(), []);
      assert.deepEqual(await engine.containers(), [server], 'the model server alone, made anew');
    });

    test('every table and artifact is what processes made of the same days', async () => {
      const dump = await kept(stack);
      assert.deepEqual(differencesOf(embedded, dump), []);
      assert.deepEqual(hashesOf(dump), hashesOf(embedded));
    });

    test('when the stack ends, no container is left', async () => {
      await stack.stop();
      assert.deepEqual(await engine.containers(), []);
    });
  });

  /** Ids of containers with this label, in the order of their making. */
  async function createdSince(since: number, label: string): Promise<string[]> {
    const events = await engine.docker.getEvents({ since, until: Math.ceil(Date.now() / 1000), filters: { type: ['container'], event: ['create'], label: [label] } });
    let told = '';
    for await (const chunk of events) told += String(chunk);
    return told.trim().split('\n').filter((line) => line !== '').map((line) => (JSON.parse(line) as { id: string }).id);
  }

  /** Stops its processes where they are; gives what lets them go on. A container that is paused would not be one that runs. */
  async function standStill(id: string): Promise<() => void> {
    const { Processes } = (await engine.docker.getContainer(id).top({ ps_args: '-o pid' })) as { Processes: [string][] };
    const tell = (signal: 'SIGSTOP' | 'SIGCONT'): void => Processes.forEach(([pid]) => process.kill(Number(pid), signal));
    tell('SIGSTOP');
    return () => tell('SIGCONT');
  }
}
