import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { Failure } from '../../src/domain/failure.ts';
import { forecastDays } from '../../src/main/cli/forecast-backfill.ts';
import { planOf, planText } from '../../src/main/cli/plan-text.ts';
import { day, dayEndMs, googleWorld, hourMs, property, versionOf, type GoogleWorld } from '../google/world.ts';
import type { ForecastDay } from '../../src/domain/activity/backfill-forecast.ts';
import type { ActivityStore, DayStatus } from '../../src/ports/activity-store.ts';

const rows = property.rowsOf(day);
const gone = '2026-01-02';

suite('the plan of a backfill', () => {
  let world: GoogleWorld;
  beforeEach(async () => {
    world = await googleWorld();
    world.google.tables.put('events_20260101', rows, dayEndMs);
    world.clock.nowMs = dayEndMs + 150 * hourMs;
  });
  afterEach(() => world.dispose());

  /** Over a store that can only be read, and knows `known` of the day. */
  const forecast = (known: Partial<DayStatus & { mappingHash: string }>[] = [], changes = {}) => {
    const activityStore = { readDays: async () => known, readManifest: async () => known[0] ?? null } as unknown as ActivityStore;
    return forecastDays({ property: 'site', days: [gone, day], source: world.sourceWith(changes), activityStore, signal: new AbortController().signal, onProgress: () => undefined });
  };
  const shown = (days: readonly ForecastDay[]) => days.map(({ day: of, why, source, records }) => `${of} ${why} ${source} ${records}`);

  test('says of each day, in the order of the run, why it runs and what is there', async () => {
    assert.deepEqual(shown(await forecast()), [`${gone} new nothing 0`, `${day} new read ${rows.length}`]);
    const source = world.sourceWith();
    const known = { day, state: 'final', generation: 1, sourceVersion: await versionOf(source), mappingHash: source.mappingHash } as const;
    world.google.forget();
    assert.deepEqual(shown(await forecast([known]))[1], `${day} unchanged known 0`);
    assert.equal(world.google.asked('jobs.insert'), 0, 'what is in has no price');
    assert.deepEqual(shown(await forecast([{ ...known, mappingHash: 'other' }]))[1], `${day} changed read ${rows.length}`, 'another column map reads it again');
    assert.deepEqual(shown(await forecast([], { maximumBytesBilled: 1000 }))[1], `${day} new refused 0`);
    assert.equal(world.google.jobs.billed(), 0);
  });

  test('asks a source that is busy for a moment again, and ends with its sentence when it stays so', async () => {
    const away = { kind: 'status', status: 503, reason: 'backendError', retryAfter: '0' } as const;
    world.google.faults.next('jobs.insert', away, { times: 3 });
    assert.equal(shown(await forecast())[1], `${day} new read ${rows.length}`);
    world.google.faults.next('jobs.insert', away, { times: 4 });
    await assert.rejects(() => forecast(), (error) => error instanceof Failure && error.code === 'source-unavailable');
    world.google.faults.clear();
    world.google.faults.next('tables.get', { kind: 'status', status: 403, reason: 'accessDenied' }, { times: 2 });
    await assert.rejects(() => forecast(), (error) => error instanceof Failure && error.code === 'source-refused');
  });

  test('is told with its gaps, its sums and where the minutes come from', () => {
    const line = { sentence: null, records: 0, bytes: 0, bytesBilled: 0 };
    const days: ForecastDay[] = [
      { ...line, day: '2026-01-01', why: 'new', source: 'read', records: 12_000, bytes: 900, bytesBilled: 10_485_760 },
      { ...line, day: '2026-01-02', why: 'missing', source: 'nothing', sentence: 'a table' },
      { ...line, day: '2026-01-03', why: 'new', source: 'nothing', sentence: 'a table' },
      { ...line, day: '2026-01-04', why: 'low-volume', source: 'known' },
      { ...line, day: '2026-01-05', why: 'new', source: 'unreadable', sentence: 'half a file' },
    ];
    const weeks = [{ week: '2026-W01', state: 'live' }, { week: '2026-W02', state: 'build' }] as const;
    const plan = planOf({ property: 'site', from: '2026-01-01', to: '2026-01-05', days, weeks, leftOut: null, expected: { days: { minutes: 2.5, from: 'measured', recordsPerSecond: 800.4 }, weeks: { minutes: 1, from: 'stated' } } });
    assert.deepEqual([plan.gaps, plan.total], [[{ from: '2026-01-02', to: '2026-01-03', days: 2 }], { days: 5, toRead: 1, records: 12_000, bytes: 900, bytesBilled: 10_485_760, minutes: 3.5 }]);
    assert.equal(planText(plan), [
      'day         why           rows  bytes      billed',
      '2026-01-01  new         12,000    900  10,485,760',
      '2026-01-02  missing          0      0           0  nothing there: a table',
      '2026-01-03  new              0      0           0  nothing there: a table',
      '2026-01-04  low-volume       0      0           0  this content is in: only looked at',
      '2026-01-05  new              0      0           0  would fail: half a file',
      '',
      '2026-W01  serves already',
      '2026-W02  is built',
      '',
      'the source has nothing of 2 of these days:',
      '  2026-01-02 to 2026-01-03 (2 days)',
      '',
      '5 days, 1 to read; 1 week to build',
      '12,000 rows, 900 bytes at the source, at most 10,485,760 bytes billed',
      'about 4 minutes (as days of this property took before, 800 rows/s a day; weeks by a stated figure: none was timed yet)',
      'nothing was written',
    ].join('\n'));
  });
});
