import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { lookAtDays } from '../../activities/week/look-at-days.ts';
import { deadlineOf, settledAt } from '../../src/domain/activity/ga4/choose-table.ts';
import { needsPerson } from '../../src/domain/release/week-status.ts';
import type { DayState } from '../../src/domain/activity/manifest.ts';
import type { ActivitySource } from '../../src/ports/activity-source.ts';
import type { Plugs } from '../../activities/plugs.ts';

suite('the days that a week waits for', () => {
  const week = '2026-W10'; // 2 to 8 March
  const monday = Date.parse('2026-03-09T06:00:00Z');

  /** A look on `nowMs` at a property that lives since 23 February and whose store knows `known`. */
  function look(known: Readonly<Record<string, DayState>>, { nowMs = monday, paused = false, finality = 'final', source = {} as Pick<ActivitySource, 'dueOf'> } = {}) {
    const days = Object.entries(known).sort().map(([day, state]) => ({ day, state, reason: state === 'missing' ? `${day}.csv is missing` : null }));
    const plugs = {
      settingsOf: () => ({ timeZone: 'UTC', calendar: { firstDay: '2026-02-23', closedWeekdays: [7], closedDays: [] }, schedules: { ingestAt: '04:00', lookBackDays: 3, lateAfterHours: 9, paused }, finality }),
      sourceOf: () => source,
      activityStore: { readDays: async (_property: string, from: string, to: string) => days.filter(({ day }) => day >= from && day <= to) },
    } as unknown as Plugs;
    return lookAtDays(plugs, () => nowMs)({ property: 'shop', week });
  }
  const final = (...days: string[]): Record<string, DayState> => Object.fromEntries(days.map((day) => [day, 'final']));
  const before = final(...['23', '24', '25', '26', '27', '28'].map((day) => `2026-02-${day}`));
  const own = final(...['02', '03', '04', '05', '06', '07'].map((day) => `2026-03-${day}`));

  test('days that the next mornings look at need nobody', async () => {
    const { ['2026-03-06']: _friday, ['2026-03-07']: _saturday, ...seen } = { ...before, ...own };
    const found = await look(seen);
    assert.deepEqual([found.isReady, found.needsPerson, found.figures], [false, false, 'final 5 / 7']);
    assert.deepEqual(found.waitingFor, [{ day: '2026-03-06', state: 'unseen' }, { day: '2026-03-07', state: 'unseen' }]);
    assert.match(found.sentence, /It goes on by itself when the day is final\.$/);
    assert.equal(needsPerson({ phase: 'waiting', waitingFor: found.waitingFor }), false);
  });

  test('days that were never seen and that no morning looks at any more need a person, who is told the command', async () => {
    const { ['2026-02-25']: _wednesday, ['2026-03-03']: _tuesday, ...seen } = { ...before, ...own };
    const found = await look(seen);
    assert.equal(found.needsPerson, true);
    assert.deepEqual(found.waitingFor, [{ day: '2026-03-03', state: 'unseen', isLeftOut: true }, { day: '2026-02-25', state: 'unseen', isLeftOut: true }]);
    assert.equal(found.sentence, 'week 2026-W10 waits: it reads days that were not looked at yet, and no look to come covers them. Look at them: npx almanac backfill run shop --from 2026-02-23 --to 2026-03-04');
    assert.equal(needsPerson({ phase: 'waiting', waitingFor: found.waitingFor }), true);
    assert.equal((await look({ ...seen, '2026-02-25': 'final' })).sentence, found.sentence, 'the same words while they come in: people are told once');
  });

  test('a paused schedule looks at no day by itself', async () => {
    const { ['2026-03-07']: _saturday, ...seen } = { ...before, ...own };
    assert.equal((await look(seen)).needsPerson, false);
    const paused = await look(seen, { paused: true });
    assert.equal(paused.needsPerson, true);
    assert.match(paused.sentence, /npx almanac backfill run shop --from 2026-02-23 --to 2026-03-08$/);
  });

  test('provisional days hold a week up, unless the property builds from them; a missing one does in either case', async () => {
    const known = { ...before, ...own, '2026-03-06': 'provisional', '2026-03-07': 'provisional' } as const;
    const held = await look(known);
    assert.deepEqual([held.isReady, held.figures, held.needsPerson, held.waitingFor.map(({ day }) => day)], [false, 'final 5 / 7', false, ['2026-03-06', '2026-03-07']]);
    assert.equal((await look(known, { finality: 'provisional' })).isReady, true);
    const missing = await look({ ...known, '2026-03-07': 'missing' }, { finality: 'provisional' });
    assert.deepEqual([missing.isReady, missing.figures, missing.waitingFor], [false, 'there 6 / 7', [{ day: '2026-03-07', state: 'missing' }]]);
    assert.match(missing.sentence, /1 of 7 days is not there \(2026-03-07 missing: .*\)\. It goes on by itself when the day is there\.$/);
  });

  /** The promise of an export whose tables come by 18:00. */
  const clock = { timeZone: 'UTC', dailyTableBy: '18:00' };
  const source: Pick<ActivitySource, 'dueOf'> = { dueOf: (day) => ({ thereByUs: deadlineOf(day, clock), settledAtUs: settledAt(day, clock) }) };
  const google = { ...before, ...own, '2026-03-05': 'provisional', '2026-03-06': 'provisional', '2026-03-07': 'not-due' } as const;

  test('a table that may still come on Monday needs nobody, and no hour before it is due makes its week late', async () => {
    const at = async (time: string, finality = 'provisional', known: Readonly<Record<string, DayState>> = google) => look(known, { nowMs: Date.parse(time), finality, source });
    const morning = await at('2026-03-08T05:00:00Z');
    assert.deepEqual([morning.isReady, morning.needsPerson, morning.isEarly], [false, false, true]);
    assert.match(morning.sentence, /^week 2026-W10 waits: 1 of 7 days is not there \(2026-03-07 is not there yet\)\. It goes on by itself/);
    assert.equal((await at('2026-03-08T17:59:00Z')).isEarly, true);
    const overdue = await at('2026-03-08T18:00:00Z');
    assert.deepEqual([overdue.needsPerson, overdue.isEarly], [false, undefined], 'the look after the deadline is on its way');
    const missing = await at('2026-03-08T05:00:00Z', 'provisional', { ...google, '2026-03-07': 'missing' });
    assert.deepEqual([missing.needsPerson, missing.isEarly], [true, undefined], 'what is wrong is late at once');
  });

  test('a week that waits for final days is on time until the morning after its last day has settled', async () => {
    const isEarly = async (time: string, known: Readonly<Record<string, DayState>> = {}) => (await look({ ...before, ...own, '2026-03-07': 'provisional', ...known }, { nowMs: Date.parse(time), source })).isEarly;
    assert.deepEqual([await isEarly('2026-03-09T11:00:00Z'), await isEarly('2026-03-11T03:59:00Z'), await isEarly('2026-03-11T04:00:00Z')], [true, true, undefined]);
    assert.equal(await isEarly('2026-03-09T11:00:00Z', { '2026-03-05': 'provisional' }), undefined, 'Thursday should have been final that morning');
    assert.equal((await look({ ...before, ...own, '2026-03-07': 'provisional' })).isEarly, undefined, 'a source without a promise is due at once');
  });

  test('a missing day is named, and nothing is missing when all are final', async () => {
    const late = await look({ ...before, ...own, '2026-03-04': 'missing' });
    assert.deepEqual([late.needsPerson, late.sentence], [true, 'week 2026-W10 waits: 1 of 7 days is not final (2026-03-04 missing: 2026-03-04.csv is missing). It goes on by itself when the day is final.']);
    const ready = await look({ ...before, ...own });
    assert.deepEqual([ready.isReady, ready.lateAfterHours], [true, 9]);
  });
});
