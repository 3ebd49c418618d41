import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { createPublishActivities, keyThatOpens } from '../../activities/publish/index.ts';
import { vaultName } from '../../src/domain/release/api-key.ts';
import { Failure } from '../../src/domain/failure.ts';
import { createEmbeddedPublisher } from '../../src/publishers/embedded.ts';
import { createKeyFiles } from '../../src/stores/key-files.ts';
import { lyingEndpoint, type Lie } from '../http/lying-endpoint.ts';
import { endpointWorld, eventually, get } from '../http/endpoint-world.ts';
import type { Plugs } from '../../activities/plugs.ts';
import type { Publisher } from '../../src/ports/publisher.ts';

const users = ['mark-1-Zq7', 'mark-2-Zq7', 'mark-3-Zq7'];
const week = { property: 'shop', week: '2011-W48' };
const key = { ...week, revision: 1 };

suite('publishing a week', () => {
  let world: Awaited<ReturnType<typeof endpointWorld>>;
  let folder: string;
  let steps: ReturnType<typeof createPublishActivities>;
  let plugs: Pick<Plugs, 'releaseStore' | 'keyStore' | 'keyVault' | 'publisher' | 'peopleStore' | 'settingsOf'>;
  let url: string;
  const beats: unknown[] = [];
  const results: unknown[] = [];
  /** Runs a step as the worker does, as the activity of this id; what it returns and what its heartbeats say is kept. A store that is too busy is asked again. */
  const run = async <T>(step: () => Promise<T>, activityId = '1', tries = 3): Promise<T> => {
    const context = { info: { workflowExecution: { workflowId: 'w', runId: 'r' }, activityId }, heartbeat: (details: unknown) => beats.push(details), sleep: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) };
    try {
      const result = await asyncLocalStorage.run(context as unknown as Context, step);
      results.push(result);
      return result;
    } catch (error) {
      results.push(error instanceof Error ? error.message : error);
      const isBusy = error instanceof Failure && error.code === 'store-unavailable' && !error.isFinal;
      if (isBusy && tries > 1) return await run(step, activityId, tries - 1);
      throw error;
    }
  };
  const authorization = async (): Promise<Record<string, string>> => ({ authorization: `Bearer ${await plugs.keyVault.read(vaultName('shop', '2011-W48'))}` });

  before(async () => {
    world = await endpointWorld();
    folder = await mkdtemp(join(tmpdir(), 'almanac-publish-'));
    const endpoint = await world.serve();
    ({ url } = endpoint);
    const keyVault = createKeyFiles({ folder });
    const { releaseStore, keyStore, peopleStore } = world;
    const publisher: Publisher = createEmbeddedPublisher({ baseUrl: url, keyFor: (of) => keyThatOpens({ keyStore, keyVault }, of), waitMs: 5_000, pollMs: 50 });
    plugs = { releaseStore, keyStore, peopleStore, keyVault, publisher, settingsOf: () => ({ keepServing: 2, shards: 4 }) as ReturnType<Plugs['settingsOf']> };
    steps = createPublishActivities(plugs);
  });
  after(async () => {
    await world.dispose();
    await rm(folder, { recursive: true });
  });

  test('a retry and a second worker mint no second key', async () => {
    const issued = await Promise.all([run(() => steps.issueKey(week)), run(() => steps.issueKey(week))]);
    const again = await run(() => steps.issueKey(week));
    assert.equal(new Set([...issued, again].map(({ keyId }) => keyId)).size, 1);
    assert.equal(again.created, false);
    assert.deepEqual((await world.keyStore.listKeys('shop')).map(({ keyId, slot }) => [keyId, slot]), [[again.keyId, 'first']]);
    const otherFolder = join(folder, 'other');
    const other = createPublishActivities({ ...plugs, keyVault: createKeyFiles({ folder: otherFolder }) });
    assert.deepEqual(await run(() => other.issueKey(week)), again);
  });

  test('a key that was written and not stored is the one a retry stores', async () => {
    const crashed = createPublishActivities({ ...plugs, keyStore: { ...world.keyStore, createIfAbsent: async () => { throw new Error('crash'); } } });
    const of = { property: 'shop', week: '2011-W20' };
    await assert.rejects(run(() => crashed.issueKey(of)));
    const plain = await plugs.keyVault.read(vaultName('shop', '2011-W20'));
    const { keyId } = await run(() => steps.issueKey(of));
    assert(plain?.startsWith(`almanac_${keyId}_`));
    assert.equal(await plugs.keyVault.read(vaultName('shop', '2011-W20')), plain);
  });

  test('a staged release is probed from outside, goes live, and stays live when all is repeated', async () => {
    await world.stage({}, users);
    const report = await run(() => steps.probeRelease(key));
    assert.equal(report.checks.length, 5);
    assert.equal((await world.releaseStore.readService('shop', '2011-W48')), null);
    for (let round = 0; round < 2; round++) assert.deepEqual(await run(() => steps.goLive(key)), { address: `${url}/shop/2011-W48` });
    const { body } = await get(`${url}/shop/2011-W48/v1/predictions/${users[0]}`, await authorization());
    assert.equal(body.release, '2011-W48.1');
    assert.deepEqual((await world.releaseStore.readAudit('shop', 5)).map(({ id }) => id), ['live/2011-W48.1']);
  });

  test('a score that differs from the table fails the probe for good and changes nothing', async () => {
    await world.stage({ revision: 2 }, users);
    const lying = createPublishActivities({ ...plugs, peopleStore: { ...world.peopleStore, pageScores: async (...asked) => (await world.peopleStore.pageScores(...asked)).map((row) => ({ ...row, prediction: row.prediction / 2 })) } });
    await assert.rejects(run(() => lying.probeRelease({ ...week, revision: 2 })), (error) =>
      error instanceof Failure && error.code === 'probe-failed' && error.isFinal && /"a known person has the score of the table" \(status 200\) did not hold; what was live stays live/.test(error.message));
    for (let round = 0; round < 2; round++) await run(() => steps.refuseRelease({ ...week, revision: 2, reason: 'probe failed', by: 'almanac' }));
    await assert.rejects(run(() => steps.goLive({ ...week, revision: 2 })), /it is refused/);
    assert.equal((await get(`${url}/shop/2011-W48/v1/model`, await authorization())).body.release, '2011-W48.1');
  });

  test('an endpoint that lets a wrong key in, or nobody\'s, or serves another model, fails the probe for good', async () => {
    await world.stage({ revision: 5 }, users);
    const right = (await authorization()).authorization!;
    const lies: [what: string, lie: Lie][] = [
      ['wrong key is refused" (status 200)', { asked: ({ authorization: given, ...rest }) => (given ? { ...rest, authorization: right } : rest) }],
      ['no key is refused" (status 200)', { asked: (headers) => ({ authorization: right, ...headers }) }],
      ['release and model are the stored ones" (status 200)', { answered: (body) => ('model' in body && 'recipe' in body ? { ...body, model: 'f'.repeat(16) } : body) }],
    ];
    await Promise.all(lies.map(async ([what, lie]) => {
      const liar = await lyingEndpoint(url, lie);
      const publisher = createEmbeddedPublisher({ baseUrl: liar.url, keyFor: (of) => keyThatOpens(plugs, of), waitMs: 5_000, pollMs: 50 });
      const lied = createPublishActivities({ ...plugs, publisher });
      await assert.rejects(run(() => lied.probeRelease({ ...week, revision: 5 })), (error) =>
        error instanceof Failure && error.code === 'probe-failed' && error.isFinal && error.message.endsWith(`is not announced: "${what} did not hold; what was live stays live`));
      await liar.stop();
    }));
    await run(() => steps.probeRelease({ ...week, revision: 5 }));
    await run(() => steps.refuseRelease({ ...week, revision: 5, reason: 'only staged for this', by: 'test' }));
  });

  test('a rotated key works beside the new one until the grace ends, and a retry finishes the same rotation', async () => {
    const before = await authorization();
    const rotated = await run(() => steps.rotateKey({ ...week, graceMs: 600_000 }), '7');
    assert.equal((await run(() => steps.rotateKey({ ...week, graceMs: 600_000 }), '7')).keyId, rotated.keyId);
    assert.equal((await run(() => steps.issueKey(week))).keyId, rotated.keyId);
    for (const header of [before, await authorization()]) await eventually(() => get(`${url}/shop/2011-W48/v1/model`, header), ({ status }) => status === 200);
    const next = await run(() => steps.rotateKey({ ...week, graceMs: 0 }), '8');
    assert.deepEqual(next.replaced.includes(rotated.keyId), true);
    // The first rotation's late attempt does not end its successor.
    await run(() => steps.rotateKey({ ...week, graceMs: 0 }), '7');
    await eventually(() => get(`${url}/shop/2011-W48/v1/model`, before), ({ status }) => status === 401);
    await eventually(async () => get(`${url}/shop/2011-W48/v1/model`, await authorization()), ({ status }) => status === 200);
    assert.deepEqual((await readdir(folder)).filter((name) => name.includes('rotation')), []);
  });

  test('a rotation that crashed between store and vault is finished by its retry', async () => {
    const crashed = createPublishActivities({ ...plugs, keyVault: { ...plugs.keyVault, replace: async () => { throw new Error('crash'); } } });
    await assert.rejects(run(() => crashed.rotateKey(week), '9'));
    const { keyId } = await run(() => steps.rotateKey(week), '9');
    assert((await plugs.keyVault.read(vaultName('shop', '2011-W48')))?.startsWith(`almanac_${keyId}_`));
    assert.equal((await world.keyStore.listKeys('shop')).filter(({ slot }) => slot === 'rotation/r/9').length, 1);
  });

  test('a forgotten or revoked key does not stop a probe; its own key dies by itself', async () => {
    const { keyId } = await run(() => steps.issueKey(week));
    const header = await authorization();
    for (let round = 0; round < 2; round++) await run(() => steps.forgetKey(week));
    assert.equal((await get(`${url}/shop/2011-W48/v1/model`, header)).status, 200);
    for (let round = 0; round < 2; round++) await run(() => steps.revokeKeys({ ...week, keyIds: [keyId], reason: 'leaked', by: 'ops' }));
    assert.equal((await world.releaseStore.readAudit('shop', 50)).filter(({ id }) => id === `revoke/2011-W48/${keyId}`).length, 1);
    await eventually(() => get(`${url}/shop/2011-W48/v1/model`, header), ({ status }) => status === 401);
    await world.stage({ revision: 3 }, users);
    await run(() => steps.probeRelease({ ...week, revision: 3 }));
    await run(() => steps.goLive({ ...week, revision: 3 }));
    const probes = (await world.keyStore.listKeys('shop')).filter(({ slot }) => slot.startsWith('probe/'));
    assert(probes.length > 0 && probes.every(({ expiresAtMs }) => expiresAtMs !== null && expiresAtMs <= Date.now() + 600_000));
  });

  test('older weeks are retired, cleared and forgotten; what a crash left half done is finished', async () => {
    for (const next of ['2011-W49', '2011-W50', '2011-W51']) {
      await run(() => steps.issueKey({ property: 'shop', week: next }));
      await world.stage({ week: next }, users);
      await run(() => steps.goLive({ property: 'shop', week: next, revision: 1 }));
    }
    assert.deepEqual(await run(() => steps.retireOldWeeks({ property: 'shop', published: '2011-W51' })), { retired: ['2011-W48', '2011-W49'] });
    assert.equal((await get(`${url}/shop/2011-W48/v1/model`)).status, 410);
    assert.equal((await world.cassandra.execute('SELECT user FROM recent_users_2011_48 LIMIT 1')).rowLength, 1, 'rows stay until their predictions were judged');
    for (const old of ['2011-W48', '2011-W49']) {
      const { releaseStore } = plugs;
      for (const { revision } of await releaseStore.readReleases('shop', old)) await releaseStore.writeVerdict({ property: 'shop', week: old, revision, report: '{}' });
    }
    const crashed = createPublishActivities({ ...plugs, peopleStore: { ...world.peopleStore, clearWeek: async () => { throw new Error('crash'); } } });
    await assert.rejects(run(() => crashed.retireOldWeeks({ property: 'shop', published: '2011-W51' })), /crash/);
    assert.deepEqual(await run(() => steps.retireOldWeeks({ property: 'shop', published: '2011-W51' })), { retired: ['2011-W48', '2011-W49'] });
    assert.deepEqual(await run(() => steps.retireOldWeeks({ property: 'shop', published: '2011-W51' })), { retired: [] });
    const gone = await get(`${url}/shop/2011-W48/v1/model`);
    assert.deepEqual([gone.status, gone.headers.link], [410, '</shop/2011-W51/v1/model>; rel="successor-version"']);
    for (const retired of ['2011-W48', '2011-W49']) {
      assert.equal((await world.cassandra.execute(`SELECT user FROM recent_users_${retired.replace('-W', '_')} LIMIT 1`)).rowLength, 0);
      assert.equal(await plugs.keyVault.read(vaultName('shop', retired)), null);
    }
    for (let round = 0; round < 2; round++) await run(() => steps.retireWeek({ property: 'shop', week: '2011-W51', reason: 'wrong', by: 'ops' }));
    assert.equal((await get(`${url}/shop/2011-W51/v1/model`)).headers.link, '</shop/2011-W50/v1/model>; rel="successor-version"');
    await run(() => steps.retireWeek({ property: 'shop', week: '2011-W52', reason: 'never live', by: 'ops' }));
  });

  test('no result, failure or heartbeat holds a person or a key', () => {
    const said = JSON.stringify([beats, results]);
    assert(beats.length > 0 && results.length > 20);
    assert(!said.includes('Zq7') && !said.includes('almanac_k'));
    assert(!world.log.join('').includes('Zq7') && !world.log.join('').includes('almanac_k'));
  });
});

