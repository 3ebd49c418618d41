import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { judgeDaysAgain } from '../../activities/backfill/judge-days-again.ts';
import { daysFromTo, type Day } from '../../src/domain/calendar/day.ts';
import type { Plugs } from '../../activities/plugs.ts';
import type { EventNames } from '../../src/domain/activity/event-names.ts';
import type { DayState } from '../../src/domain/activity/manifest.ts';

const days = daysFromTo('2026-03-02', '2026-03-08');
const [from, last] = [days[0]!, days[6]!];
const rare: EventNames = { counts: [['view', 197], ['refund', 3]], others: 0 };
const checks = { badRowShare: 0.05, volumeHistoryDays: 5, volume: { warn: 0.3, fail: 0.05 }, expectedEvents: ['view', 'refund'], missingEvents: { warn: 0, fail: 0 } };

interface Stood { readonly pointer: DayState; readonly manifest: DayState; readonly rows?: number; readonly sourceVersion?: string; readonly finality?: 'final' | 'provisional'; readonly meanwhile?: DayState; readonly report?: 'compared' | 'not-yet'; readonly isRetry?: true }

/** Six ordinary days, and a last one of which a test says how it stands; what was written and announced. */
async function judged({ pointer, manifest, rows = 200, sourceVersion = 'v1', finality = 'final', meanwhile, report, isRetry }: Stood, to: Day = last) {
  const lastNames: EventNames = { counts: [['view', rows]], others: 0 };
  const asked: Day[] = [];
  const announced: Day[] = [];
  const moved: [Day, DayState | undefined, DayState][] = [];
  const [began, before] = [1_000_000_000_000, 999_990_000_000_000];
  const statuses = days.map((day) => ({ day, generation: 1, knownAtUs: before, rows: day === last ? rows : 200, anonymous: 0, quarantined: 0, people: 9, reason: null, checks: [{ check: 'volume', level: 'ok', sentence: null }, { check: 'missing-events', level: 'ok', sentence: null }], state: day === last ? pointer : 'final' }));
  const plugs = {
    settingsOf: () => ({ checks }),
    sourceOf: () => ({ mappingHash: 'm1', ...(report ? { reportedFigures: () => undefined } : {}), look: async (day: Day) => (asked.push(day), { state: 'present', sourceVersion, finality }) }),
    activityStore: {
      readDays: async (_property: string, first: Day, to: Day) => statuses.filter(({ day }) => day >= first && day <= to),
      readManifest: async ({ day }: { day: Day }) => ({ property: 'site', day, generation: 1, state: day === last ? manifest : 'final', sourceVersion: 'v1', mappingHash: 'm1', eventNames: day === last ? lastNames : rare }),
      async moveCurrent({ day, was, state }: { day: Day; was?: DayState; state: DayState }) {
        moved.push([day, was, state]);
        const status = statuses.find((other) => other.day === day)!; // it was read from here
        status.state = meanwhile ?? state;
        status.knownAtUs = began * 1000 + 1;
        return meanwhile === undefined;
      },
    },
    sequences: { announceDay: async (_property: string, day: Day) => void announced.push(day) },
    releaseStore: { listWeeks: async () => [] },
    reconciliations: { list: async () => (report === 'compared' ? [{ day: last, generation: 1 }] : []) },
  } as unknown as Plugs;
  const context = { cancellationSignal: new AbortController().signal, heartbeat: () => undefined, info: { scheduledTimestampMs: began } } as unknown as Context;
  const attempt = () => asyncLocalStorage.run(context, () => judgeDaysAgain(plugs)({ property: 'site', from, to }));
  if (isRetry) await attempt();
  const { held, heldDays, later, freed } = await attempt();
  assert.equal(heldDays, held.length);
  return { asked, announced, moved, held: held.map(({ day, state }) => [day, state]), ...(to === last ? {} : { later: later.map(({ day, state }) => [day, state]) }), ...(report ? { freed } : {}) };
}

suite('days judged again', () => {
  test('a day that its past excuses is final, or provisional where its source may still change it: the manifest says so', async () => {
    assert.deepEqual(await judged({ pointer: 'missing-events', manifest: 'final' }), { asked: [], announced: [last], moved: [[last, 'missing-events', 'final']], held: [] });
    assert.deepEqual(await judged({ pointer: 'missing-events', manifest: 'provisional' }), { asked: [], announced: [], moved: [[last, 'missing-events', 'provisional']], held: [] });
  });

  test('where the manifest names a fault the source is asked, and a version that it has no more is left to the next look', async () => {
    const stood = { pointer: 'missing-events', manifest: 'missing-events' } as const;
    assert.deepEqual(await judged(stood), { asked: [last], announced: [last], moved: [[last, 'missing-events', 'final']], held: [] });
    assert.deepEqual(await judged({ ...stood, finality: 'provisional' }), { asked: [last], announced: [], moved: [[last, 'missing-events', 'provisional']], held: [] });
    assert.deepEqual(await judged({ ...stood, sourceVersion: 'v2' }), { asked: [last], announced: [], moved: [], held: [[last, 'missing-events']] });
  });

  test('a provisional day that is low is held, and one that is not stays as it is', async () => {
    assert.deepEqual(await judged({ pointer: 'provisional', manifest: 'provisional', rows: 4 }), { asked: [], announced: [], moved: [[last, 'provisional', 'low-volume']], held: [[last, 'low-volume']] });
    assert.deepEqual(await judged({ pointer: 'provisional', manifest: 'provisional' }), { asked: [], announced: [], moved: [], held: [] });
  });

  test('a day after the range that is measured against it is judged too, and is told apart', async () => {
    const range = days[5]!; // the range ends the day before the last
    assert.deepEqual(await judged({ pointer: 'final', manifest: 'final', rows: 4 }, range), { asked: [], announced: [], moved: [[last, 'final', 'low-volume']], held: [], later: [[last, 'low-volume']] });
    assert.deepEqual(await judged({ pointer: 'missing-events', manifest: 'final' }, range), { asked: [], announced: [last], moved: [[last, 'missing-events', 'final']], held: [], later: [] });
  });

  test('a day that becomes final is handed on to be compared where its source has a second opinion, by a retry too', async () => {
    const stood = { pointer: 'missing-events', manifest: 'final', report: 'not-yet' } as const;
    const freed = [{ day: last, generation: 1 }];
    assert.deepEqual((await judged(stood)).freed, freed);
    assert.deepEqual((await judged({ ...stood, isRetry: true })).freed, freed, 'the attempt before wrote the day and never answered');
    assert.deepEqual((await judged(stood, days[5])).freed, freed, 'a day after the range');
    for (const none of [{ ...stood, manifest: 'provisional' }, { ...stood, report: 'compared' }, { ...stood, meanwhile: 'waived' }, { ...stood, pointer: 'final' }] as const) assert.deepEqual((await judged(none)).freed, [], JSON.stringify(none));
  });

  test('who was faster is right, and nothing is announced', async () => {
    assert.deepEqual(await judged({ pointer: 'low-volume', manifest: 'final', meanwhile: 'waived' }), { asked: [], announced: [], moved: [[last, 'low-volume', 'final']], held: [] });
  });
});
