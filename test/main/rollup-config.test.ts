import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { configFrom, rollupOf } from '../../src/config.ts';
import { schedulesOf } from '../../src/schedules.ts';

const followers = { firstDay: '2019-01-01', platforms: ['facebook', 'twitter'] };
const configWith = (different: object = {}, properties: object = {}) => configFrom({ properties, rollups: { followers: { ...followers, ...different } } }, {}, '/etc/almanac/almanac.yaml');

suite('a rollup in the configuration', () => {
  test('needs its first day and its platforms; the rest has defaults', () => {
    assert.deepEqual(rollupOf(configWith(), 'followers'), {
      ...followers, timeZone: 'UTC', everySeconds: 1, shards: 4, semantics: 'exact', measure: 'mean', allowedLatenessHours: 24,
      retention: { readingDays: 8, minuteDays: 35, hourDays: 400 }, schedules: { paused: false }, engine: { kind: 'worker' },
    });
    assert.deepEqual(configFrom({ properties: {} }, {}, 'almanac.yaml').rollups, {});
    assert.throws(() => rollupOf(configWith(), 'tweets'), { code: 'property-unknown', message: 'rollup "tweets" is not in the configuration (it has: followers)' });
  });

  test('its server is where the environment says, with the keys in the files that it names', () => {
    const environment = { ALMANAC_ROLLUP_SERVER: 'http://rollup-server:8604', ALMANAC_ROLLUP_SERVER_HOST: '0.0.0.0', ALMANAC_ROLLUP_SERVER_PORT: '9604', ALMANAC_ROLLUP_INTAKE_KEY_FILE: '/run/secrets/rollup/intake-key', ALMANAC_ROLLUP_READ_KEY_FILE: '/run/secrets/rollup/read-key' };
    const serverFrom = (env: NodeJS.ProcessEnv) => configFrom({ properties: {}, rollupServer: { address: 'http://elsewhere', intakeKeyFile: 'intake', readKeyFile: 'read' } }, env, '/etc/almanac/almanac.yaml').rollupServer;
    assert.deepEqual(serverFrom(environment), { address: 'http://rollup-server:8604', host: '0.0.0.0', port: 9604, intakeKeyFile: '/run/secrets/rollup/intake-key', readKeyFile: '/run/secrets/rollup/read-key' });
    assert.deepEqual(serverFrom({}), { address: 'http://elsewhere', host: '127.0.0.1', port: 8604, intakeKeyFile: '/etc/almanac/intake', readKeyFile: '/etc/almanac/read' });
  });

  for (const [different, said] of [
    [{ platforms: [] }, /rollups\.followers\.platforms/],
    [{ platforms: ['a b'] }, /rollups\.followers\.platforms\.0 is "a b"/],
    [{ semantics: 'median' }, /rollups\.followers\.semantics is "median"/],
    [{ lateness: 3 }, /rollups\.followers.*lateness/],
    [{ timeZone: 'Mars/Base' }, /rollups\.followers\.timeZone is "Mars\/Base": expected an IANA time zone/],
    [{ timeZone: 'Asia/Kolkata' }, /rollups\.followers: day 2019-01-01 begins \+05-30 from UTC in Asia\/Kolkata; expected whole hours/],
    [{ timeZone: 'Australia/Lord_Howe' }, /expected whole hours/],
    [{ allowedLatenessHours: 168 }, /retention\.readingDays is 8: expected 9 or more, because for 168 hours a late reading opens a minute again/],
    [{ retention: { minuteDays: 2 } }, /retention\.minuteDays is 2: expected 3 or more, because for 24 hours a late reading opens an hour again/],
    [{ retention: { hourDays: 1 } }, /retention\.hourDays is 1: expected 3 or more, because for 24 hours a late reading opens a day again/],
    [{ engine: { kind: 'hadoop' } }, /rollups\.followers\.engine\.kind is "hadoop": expected worker or spark/],
    [{ engine: { kind: 'spark', memoryMb: 10 } }, /rollups\.followers\.engine\.memoryMb is 10/],
    [{ engine: { kind: 'spark', master: 'spark://host:7077' } }, /rollups\.followers\.engine\.driverHost is missing: expected the address .* of spark:\/\/host:7077 reach the driver/],
  ] as const) {
    test(`${JSON.stringify(different)} is refused`, () => assert.throws(() => configWith(different), (error: { code?: string; message?: string }) => error.code === 'bad-configuration' && said.test(error.message ?? '')));
  }

  test('Spark runs on this machine unless another master is named, and its files are found from the configuration', () => {
    assert.deepEqual(rollupOf(configWith({ engine: { kind: 'spark', home: 'spark', settingsFile: '/etc/spark.conf' } }), 'followers').engine, {
      kind: 'spark', master: 'local[2]', python: 'python3', leastBuckets: 120, timeoutMinutes: 60, memoryMb: 2048, home: '/etc/almanac/spark', settingsFile: '/etc/spark.conf',
    });
  });

  test('its name is no property\'s', () => {
    const site = { timeZone: 'UTC', calendar: { firstDay: '2026-01-01' }, source: { kind: 'ga4-export', project: 'my-shop-123', dataset: 'analytics_123456789' } };
    assert.throws(() => configWith({}, { followers: site }), /rollups\.followers is the name of a property too/);
  });

  test('has three schedules, by its own clock: each minute but the full hour, each hour but midnight, midnight', () => {
    const lines = schedulesOf(configWith({ timeZone: 'Europe/London', schedules: { paused: true, note: 'moved' } })).filter(({ start }) => start.workflow === 'rollup');
    assert.deepEqual(lines.map(({ id, times: [at], timeZone, overlap, catchUpHours, isPaused, note }) => [id, at?.minute, at?.hour, timeZone, overlap, catchUpHours, isPaused, note]), [
      ['rollup/followers/minute', [1, 59], [0, 23], 'Europe/London', 'BUFFER_ALL', 2, true, 'moved'],
      ['rollup/followers/hour', 0, [1, 23], 'Europe/London', 'BUFFER_ALL', 48, true, 'moved'],
      ['rollup/followers/day', 0, 0, 'Europe/London', 'BUFFER_ALL', 1440, true, 'moved'],
    ]);
    assert.deepEqual(lines[0]?.start, { workflow: 'rollup', input: { property: 'followers', what: 'minute', timeZone: 'Europe/London' } });
  });
});
