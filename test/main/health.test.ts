import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { lookAt } from '../../activities/health/look-at.ts';
import { configFrom } from '../../src/config.ts';
import { createHealth } from '../../src/main/health.ts';
import { sourcesOf } from '../../src/main/plugs.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { schedulesOf } from '../../src/schedules.ts';
import { activityTables } from '../../src/stores/cassandra/activity-tables.ts';
import { createRollupStore } from '../../src/stores/cassandra/rollup-store.ts';
import { rollupTables } from '../../src/stores/cassandra/rollup-tables.ts';
import { testCassandra, testFolder, testTemporal } from '../world.ts';
import type { AddressInfo } from 'node:net';
import type { Outcome } from '../../src/domain/health/part.ts';

const files = (folder: string) => ({ kind: 'files', folder, file: '{day}.csv', columns: { user: { column: 'who' }, time: { column: 'when', format: 'YYYY-MM-DD HH:mm:ss' }, name: { constant: 'visit' } } });
const rollup = { firstDay: '2019-01-01', platforms: ['twitter'] };

/** Looks at a real store, a real server, real files, and an HTTP server that says what the test wants, or nothing. */
suite('what health looks at', () => {
  let cassandra: Awaited<ReturnType<typeof testCassandra>>;
  let temporal: Awaited<ReturnType<typeof testTemporal>>;
  let scratch: Awaited<ReturnType<typeof testFolder>>;
  let status: number | null = 200;
  const web = createServer((_request, response) => {
    if (status !== null) response.writeHead(status).end('not\nready');
  });
  before(async () => {
    [cassandra, temporal, scratch] = await Promise.all([testCassandra([...activityTables, ...rollupTables]), testTemporal(), testFolder()]);
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    web.closeAllConnections();
    web.close();
    await Promise.all([cassandra.dispose(), temporal.dispose(), scratch.dispose()]);
  });

  const url = (): string => `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const ofDay = (folder: string) => ({ timeZone: 'UTC', calendar: { firstDay: '2026-01-01', lastDay: '2026-01-05' }, source: files(folder) });
  function healthOf(document: object) {
    const config = configFrom({ properties: {}, endpoint: { address: url() }, health: { timeoutSeconds: 20 }, ...document }, { ALMANAC_HOME: scratch.folder }, join(scratch.folder, 'almanac.yaml'));
    return createHealth({ config, client: temporal.client, stores: { cassandra: cassandra.cassandra, rollupStore: createRollupStore(cassandra.cassandra) }, sourceOf: sourcesOf(config), modelServerAddress: url() });
  }
  const briefly = (outcomes: readonly Outcome[]) => outcomes.map(({ part, isUp, sentence }) => [part, isUp, sentence]);

  test('programs: a query, the namespace, ready, and any answer; who keeps them says who can start them again', async () => {
    const { programs, timeoutMs } = healthOf({});
    const outcomes = await lookAt(programs, [{ part: 'endpoint', restarts: 4 }], timeoutMs);
    assert.deepEqual(briefly(outcomes), [['cassandra', true, 'answers a query'], ['temporal', true, 'namespace default answers'], ['model-server', true, 'answers 200'], ['endpoint', true, 'answers 200']]);
    const { programs: withRollups } = healthOf({ rollups: { followers: rollup }, rollupServer: { address: url() }, health: { parts: ['rollup-server'] } });
    assert.deepEqual(briefly(await lookAt(withRollups, [], timeoutMs)), [['rollup-server', true, 'answers 200']]);
    assert.deepEqual(outcomes.map(({ canRestart, restarts, needs }) => [canRestart, restarts, needs]), [[false, null, []], [false, null, []], [false, null, []], [true, 4, ['cassandra']]]);
  });

  test('an endpoint that is not ready, one that is silent and one that is not there are each one line', async () => {
    const endpoint = healthOf({ health: { timeoutSeconds: 1, parts: ['endpoint', 'model-server'] } });
    status = 503;
    assert.deepEqual(briefly(await lookAt(endpoint.programs, [], endpoint.timeoutMs)), [['model-server', true, 'answers 503'], ['endpoint', false, `${url()}/readyz answers 503: not ready`]]);
    status = null;
    assert.deepEqual(briefly(await lookAt(endpoint.programs, [], endpoint.timeoutMs)).map(([, isUp, sentence]) => [isUp, sentence]), [[false, 'no answer within 1 s'], [false, 'no answer within 1 s']]);
    status = 200;
    const address = `http://127.0.0.1:${(await freePorts({ count: 1 }))[0]}`;
    const gone = healthOf({ endpoint: { address }, health: { parts: ['endpoint'] } });
    assert.deepEqual(briefly(await lookAt(gone.programs, [], 1000)), [['endpoint', false, `${address}/readyz cannot be reached (ECONNREFUSED)`]]);
  });

  test('a source is asked for its newest day; what only is not there is an answer, what cannot be looked at is none', async () => {
    mkdirSync(join(scratch.folder, 'days'));
    writeFileSync(join(scratch.folder, 'days', '2026-01-05.csv'), 'who,when\nx,2026-01-05 10:00:00\n');
    const credentials = { kind: 'service-account-file', file: 'not-there.json' };
    const { data, timeoutMs } = healthOf({ properties: { shop: ofDay('days'), empty: ofDay('nothing-here'), refused: { ...ofDay('days'), source: { kind: 'ga4-export', project: 'my-shop-123', dataset: 'analytics_123456789', credentials } } } });
    assert.deepEqual(data.map(({ everyMs }) => everyMs), [3_600_000, 3_600_000, 3_600_000]);
    const outcomes = await lookAt(data, [], timeoutMs);
    assert.deepEqual(briefly(outcomes).slice(0, 2), [['source/shop', true, 'says of 2026-01-05: present'], ['source/empty', true, 'says of 2026-01-05: missing']]);
    assert.deepEqual([outcomes[2]?.isUp, outcomes[2]?.sentence.includes('not-there.json')], [false, true], outcomes[2]?.sentence);
  });

  test('a clock that lags is told from one that runs, one that has not begun and one that is paused', async () => {
    const { rollupStore } = { rollupStore: createRollupStore(cassandra.cassandra) };
    const minute = Math.floor(Date.now() / 60_000) * 60;
    await rollupStore.moveClosedUntil('runs', minute - 60);
    await rollupStore.moveClosedUntil('lags', minute - 20 * 60);
    const { data, timeoutMs } = healthOf({ rollups: { runs: rollup, lags: rollup, fresh: rollup, rests: { ...rollup, schedules: { paused: true } } } });
    const outcomes = await lookAt(data, [], timeoutMs);
    assert.deepEqual(outcomes.map(({ part, isUp, needs }) => [part, isUp, needs]), [['clock/runs', true, ['cassandra']], ['clock/lags', false, ['cassandra']], ['clock/fresh', true, ['cassandra']]]);
    assert.match(outcomes[1]!.sentence, /^the newest closed minute ended 2[01] minutes ago; expected at most 15$/); // there are three
  });
});

suite('health in the configuration', () => {
  const configOf = (health?: object) => configFrom({ properties: {}, ...(health ? { health } : {}) }, {}, '/etc/almanac/almanac.yaml');
  test('is there without a word, each minute, and a look that comes while one goes on is left out', () => {
    const [line] = schedulesOf(configOf());
    assert.deepEqual([line?.id, line?.overlap, line?.isPaused, line?.times], ['health/almanac/round', 'SKIP', false, [{ minute: [0, 59, 1], hour: [0, 23] }]]);
    assert.deepEqual(line?.start, { workflow: 'health', input: { deployment: 'almanac', rules: { failures: 3, calm: 10, mostRestartsPerHour: 3, settleSeconds: 120 } } });
  });

  for (const [health, said] of [
    [{ everyMinutes: 0 }, /health\.everyMinutes is 0/],
    [{ parts: ['endpoint', 'moon'] }, /health\.parts\.1 is "moon"/],
    [{ restarts: { kind: 'somebody' } }, /health\.restarts\.kind is "somebody": expected supervisor or kubernetes/],
    [{ restarts: { kind: 'kubernetes' } }, /health\.restarts/],
  ] as const) {
    test(`${JSON.stringify(health)} is refused`, () => assert.throws(() => configOf(health), (error: { code?: string; message?: string }) => error.code === 'bad-configuration' && said.test(error.message ?? '')));
  }

  test('a kubeconfig is found beside the file', () => {
    const { restarts } = configOf({ restarts: { kind: 'kubernetes', namespace: 'almanac', kubeconfig: 'kube' } }).health;
    assert.deepEqual(restarts, { kind: 'kubernetes', namespace: 'almanac', kubeconfig: '/etc/almanac/kube', deployments: { endpoint: 'almanac-endpoint', 'model-server': 'almanac-model-server', 'rollup-server': 'almanac-rollup-server' } });
  });
});
