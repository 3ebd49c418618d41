import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { prebuiltBundle } from '../../src/main/bundle.ts';
import { keepLeading, leadVersion, type Keeping, type Leader } from '../../src/main/lead-version.ts';
import { cacheFolder } from '../../src/parts/cache.ts';
import { eventually } from '../stack.ts';
import { testTemporal, type TestTemporal } from '../world.ts';

const MINUTE = 60_000;
const silentMs = 3 * MINUTE;
Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });
const quiet = { info: () => undefined, warn: () => undefined };

/** What a version does that looks each minute, and sees these leaders one after the other; `seenAgo` is how long ago one polled. */
async function kept(leads: boolean, looks: readonly ({ leader: string | null; seenAgo: number } | Error)[]): Promise<string[]> {
  const did: string[] = [];
  const stopping = new AbortController();
  let [minute, taken] = [0, ''];
  const keeping: Keeping = {
    buildId: 'v1', silentMs, log: quiet, signal: stopping.signal, now: () => minute * MINUTE,
    pause: async () => {
      minute += 1;
      if (minute > looks.length) stopping.abort();
    },
    look: async (): Promise<Leader> => {
      const seen = looks[minute - 1]!;
      if (seen instanceof Error) throw seen;
      return { buildId: taken || seen.leader, seenMs: minute * MINUTE - seen.seenAgo, token: new Uint8Array() };
    },
    take: async () => {
      taken = 'v1';
      did.push(`takes the lead after ${minute} min`);
    },
    onLead: async () => void did.push(`begins to lead after ${minute} min`),
  };
  await keepLeading(leads, keeping);
  return did;
}

suite('which worker version leads', () => {
  const never = Infinity;
  test('one that was replaced takes the lead when the other was not seen for three minutes, counted from its own start', async () => {
    assert.deepEqual(await kept(false, Array.from({ length: 9 }, () => ({ leader: 'v2', seenAgo: 40_000 }))), []);
    assert.deepEqual(await kept(false, Array.from({ length: 5 }, () => ({ leader: 'v2', seenAgo: never }))), ['takes the lead after 3 min', 'begins to lead after 4 min']);
    assert.deepEqual(await kept(false, [30_000, 90_000, 150_000, 210_000, 0].map((seenAgo) => ({ leader: 'v2', seenAgo }))), ['takes the lead after 4 min', 'begins to lead after 5 min']);
    assert.deepEqual(await kept(false, Array.from({ length: 4 }, () => ({ leader: null, seenAgo: never }))), ['takes the lead after 3 min', 'begins to lead after 4 min']);
  });

  test('one that leads goes on, is replaced, and takes the lead again when its successor is gone; a look that fails is taken again', async () => {
    const ours = { leader: 'v1', seenAgo: 0 };
    assert.deepEqual(await kept(true, [ours, ours, ours, ours]), []);
    const replaced = { leader: 'v2', seenAgo: never };
    assert.deepEqual(await kept(true, [ours, replaced, new Error('away'), replaced, ours]), ['takes the lead after 4 min', 'begins to lead after 5 min']);
    assert.deepEqual(await kept(false, [{ leader: 'v2', seenAgo: 0 }, ours]), ['begins to lead after 2 min'], 'somebody made it the current one');
  });
});

suite('workers of two versions', () => {
  let temporal: TestTemporal;
  let codePath: string;
  const ends: (() => Promise<void>)[] = [];
  before(async () => {
    temporal = await testTemporal();
    ({ codePath } = await prebuiltBundle(join(cacheFolder(), 'bundles')));
  });
  after(async () => {
    await Promise.all(ends.map((end) => end()));
    await temporal.dispose();
  });

  async function started(buildId: string, { silentMs: silent = silentMs, isOnlyWorker = false } = {}) {
    const { client, connection, taskQueue } = temporal;
    const stopping = new AbortController();
    const worker = await Worker.create({ connection, taskQueue, workflowBundle: { codePath }, workerDeploymentOptions: { useWorkerVersioning: true, version: { deploymentName: taskQueue, buildId }, defaultVersioningBehavior: 'PINNED' } });
    const ended = worker.run();
    let leading = 0;
    await leadVersion({ client, namespace: 'default', deploymentName: taskQueue, taskQueue, buildId, isOnlyWorker, silentMs: silent, againMs: 200, onLead: async () => void (leading += 1), log: quiet, signal: stopping.signal });
    const stop = async (): Promise<void> => {
      stopping.abort();
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    };
    ends.push(stop);
    return { stop, leading: () => leading };
  }
  const current = async (): Promise<string | undefined> => (await temporal.client.workflowService.describeWorkerDeployment({ namespace: 'default', deploymentName: temporal.taskQueue })).workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined;

  test('the old one that is started again leaves the lead to the new one, until that has no worker', async () => {
    const first = await started('v1');
    assert.deepEqual([await current(), first.leading()], ['v1', 1]);
    const second = await started('v2');
    assert.deepEqual([await current(), second.leading()], ['v2', 1]);

    await first.stop();
    const again = await started('v1');
    await sleep(1500); // some looks
    assert.deepEqual([await current(), again.leading()], ['v2', 0]);
    await again.stop();

    await second.stop();
    const back = await started('v1', { silentMs: 1000 });
    assert.equal(back.leading(), 0);
    await eventually(async () => (await current()) === 'v1' && back.leading() === 1, 20_000, 'v1 leads again');

    const newer = await started('v2');
    assert.deepEqual([await current(), newer.leading()], ['v2', 1], 'the newer one whose workers were away has it back');
    await back.stop();
    await newer.stop();

    await started('v1', { isOnlyWorker: true });
    assert.equal(await current(), 'v1', 'the only worker there can be waits for nobody');
  });
});
