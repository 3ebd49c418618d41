import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { bringIn, buildWeek, LITTLE_SHOP, littleShopProperties, quietly, served, writeLittleShop } from '../faults/little-shop.ts';
import { differencesOf, dumpOf, hashesOf, type Dump } from '../faults/tables.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { DockerWorld } from './world.ts';

const [firstWeek, secondWeek] = LITTLE_SHOP.weeks;

/** Two weeks from raw days to scores, in processes and in containers; the worker and the daemon are killed on the way. */
export function weekTrial({ engine, image, folder }: DockerWorld): void {
  const days = path.join(folder, 'days');

  async function started(configuration: Record<string, unknown>): Promise<TestStack> {
    const stack = await startTestStack({ parts: 'own-temporal', properties: littleShopProperties(days), configuration });
    await bringIn(stack.almanac, LITTLE_SHOP.firstDay, LITTLE_SHOP.lastDay);
    return stack;
  }

  const kept = (stack: TestStack): Promise<Dump> => dumpOf({ cassandra: stack.stores.cassandra, artifacts: path.join(stack.home, 'artifacts') });
  const trainers = async () => (await engine.docker.listContainers({ filters: { label: ['almanac.job'] } })).map(({ Id }) => engine.docker.getContainer(Id));
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
      stack = await started({ runner: { kind: 'docker', image, socket }, modelServer: { container: { image, socket } } });
    });
    after(() => stack?.stop());

    test('kill -9 of the worker during the training: the retry takes the container over, and none is left', async () => {
      const since = Math.floor(Date.now() / 1000);
      await stack.almanac.weeks.run(LITTLE_SHOP.property, firstWeek);
      const training = await eventually(async () => (await trainers())[0], 180_000, 'a container that trains');
      await training.pause(); // so that the training is not over before its worker is
      const worker = stack.supervisor.running().find(({ name }) => name === 'worker');
      assert.ok(worker?.pid);
      process.kill(worker.pid, 'SIGKILL');
      await training.unpause();
      await served(stack.almanac, firstWeek, 1);
      assert.equal(worker.restarts, 1);
      assert.deepEqual(await created(since, 'almanac.job'), [training.id]);
      assert.deepEqual(await trainers(), []);
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
  async function created(since: number, label: string): Promise<string[]> {
    const events = await engine.docker.getEvents({ since, until: Math.ceil(Date.now() / 1000), filters: { type: ['container'], event: ['create'], label: [label] } });
    let told = '';
    for await (const chunk of events) told += String(chunk);
    return told.trim().split('\n').filter((line) => line !== '').map((line) => (JSON.parse(line) as { id: string }).id);
  }
}
