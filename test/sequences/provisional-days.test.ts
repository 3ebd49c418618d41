import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { announceDay } from '../../activities/ingest/announce-day.ts';
import { judgePastWeeks } from '../../activities/model/judge-past-weeks.ts';
import { lookAtProvisional } from '../../activities/week/look-at-provisional.ts';
import { pinDays } from '../../activities/week/pin-days.ts';
import { refreshStale } from '../../activities/week/refresh-stale.ts';
import { daysFromTo } from '../../src/domain/calendar/day.ts';
import { aRelease } from '../release-examples.ts';
import type { DayGeneration, DayState } from '../../src/domain/activity/manifest.ts';
import type { Release } from '../../src/domain/release/release.ts';
import type { Plugs } from '../../activities/plugs.ts';

const [property, week, firstDay, lastDay] = ['site', '2026-W10', '2026-03-02', '2026-03-08'];
const key = { property, week, revision: 1 };

interface World {
  readonly states?: Readonly<Record<string, DayState>>;
  /** Current generation where it is not 1. */
  readonly generations?: Readonly<Record<string, number>>;
  readonly finality?: Release['finality'];
  readonly policy?: 'final' | 'provisional';
}

/** A week of seven days that a release read in their first version; the days as they are by now. */
function world({ states = {}, generations = {}, finality = 'provisional', policy = 'provisional' }: World = {}) {
  const stale: string[] = [];
  const written: DayGeneration[][] = [];
  const days = daysFromTo(firstDay, lastDay);
  const release = aRelease({ ...key, state: 'live', finality });
  const plugs = {
    settingsOf: () => ({ timeZone: 'UTC', shards: 4, calendar: { firstDay, closedWeekdays: [], closedDays: [] }, schedules: { ingestAt: '04:00', lookBackDays: 3 }, approval: 'auto', finality: policy }),
    sourceOf: () => ({}),
    activityStore: { readDays: async (_: string, from: string, to: string) => days.filter((day) => day >= from && day <= to).map((day) => ({ day, state: states[day] ?? 'final', generation: generations[day] ?? 1, rows: 10, quarantined: 0, reason: null })) },
    artifacts: {
      get: async () => Buffer.from(JSON.stringify(days.map((day) => ({ day, generation: 1 })))),
      put: async (kind: string, _suffix: string, bytes: Buffer) => {
        written.push(JSON.parse(bytes.toString()) as DayGeneration[]);
        return { name: kind, sha256: '', bytes: bytes.length };
      },
    },
    releaseStore: {
      readRelease: async () => release,
      listWeeks: async () => [{ week, service: { state: 'live', revision: 1, sinceMs: 0 }, release, staged: [], superseded: [] }],
      markStale: async (_property: string, _week: string, reason: string) => void stale.push(reason),
      clearStale: async () => undefined,
    },
    sequences: { announceDay: async () => undefined },
  } as unknown as Plugs;
  return { plugs, stale, written };
}

suite('days that may still change, in the steps of a week', () => {
  test('a build reads them where the property says so, and counts them', async () => {
    const states = { '2026-03-07': 'provisional', '2026-03-08': 'provisional' } as const;
    const { plugs, written } = world({ states });
    const { provisional, figures, days } = await pinDays(plugs)(key);
    assert.deepEqual([provisional, days], [['2026-03-07', '2026-03-08'], 7]);
    assert.match(figures, /^7 days, 70 events, 0 quarantined, 2 provisional$/);
    assert.deepEqual(written[0]?.at(-1), { day: lastDay, generation: 1 });
    const strict = await pinDays(world({ states, policy: 'final' }).plugs)(key);
    assert.deepEqual([strict.provisional, strict.days], [undefined, 5]);
  });

  test('a provisional release waits for all of them, whatever the policy is by now', async () => {
    for (const policy of ['final', 'provisional'] as const) {
      const { plugs } = world({ states: { [lastDay]: 'provisional', '2026-03-04': 'bad-rows' }, generations: { '2026-03-03': 2 }, policy });
      assert.deepEqual(await lookAtProvisional(plugs)(key), { found: 'waiting', waitingFor: [{ day: '2026-03-04', state: 'bad-rows' }, { day: lastDay, state: 'provisional' }] });
    }
  });

  test('then it is the same, or one day is another version than was read', async () => {
    assert.deepEqual(await lookAtProvisional(world().plugs)(key), { found: 'same' });
    assert.deepEqual(await lookAtProvisional(world({ generations: { '2026-03-03': 2 } }).plugs)(key), { found: 'changed', reason: 'day 2026-03-03 changed after the week was built (version 1 was read, now it is 2)' });
  });

  test('meanwhile it is not stale: nobody need build again what builds itself again', async () => {
    for (const [finality, marks] of [['provisional', 0], ['final', 1]] as const) {
      const { plugs, stale } = world({ generations: { '2026-03-03': 2 }, finality });
      await announceDay(plugs)({ property, day: '2026-03-03' });
      assert.equal(stale.length, marks, `announced, ${finality}`);
      assert.deepEqual(await refreshStale(plugs)({ property, week }), { isStale: marks === 1 });
    }
  });

  test('predictions are not judged by them', async () => {
    const { plugs } = world({ finality: 'final' });
    let asked = 0;
    const releaseStore = { ...plugs.releaseStore, readReleases: async () => [aRelease({ ...key, state: 'live', horizonDays: 14 })], readVerdict: async () => String((asked += 1)) };
    const judge = (provisionalFrom?: string) => judgePastWeeks({ ...plugs, releaseStore } as unknown as Plugs)({ property, week: '2026-W12', dayMap: aRelease().dayMap, provisionalFrom });
    await judge('2026-03-21'); // the horizon of W10 ends with the 22nd
    assert.equal(asked, 0);
    await judge('2026-03-23');
    await judge();
    assert.equal(asked, 2);
  });
});
