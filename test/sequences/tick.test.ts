import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { planTick } from '../../activities/tick/plan-tick.ts';
import { daysFromTo } from '../../src/domain/calendar/day.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { schedulesOf } from '../../src/schedules.ts';
import { eventually } from '../stack.ts';
import { sequenceWorld, type SequenceWorld } from './world.ts';
import type { Activities, Plugs } from '../../activities/index.ts';
import type { PropertyConfig } from '../../src/config.ts';
import type { TickOutcome } from '../../workflows/tick.ts';

/** A source that changes no day by itself. */
const files = {};

suite('a stroke of the clock', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(async () => {
    await applySchedules({ client: world.client, lines: [], taskQueue: world.taskQueue });
    await world.dispose();
  });

  /** A paused schedule of a property in London, as the product makes it, over the product's own rule for days and weeks. */
  async function london(path: string, { source = { kind: 'files' }, ...times }: { ingestAt: string; weekAt: string; lookBackDays?: number; source?: { kind: string; dailyTableBy?: string } }, known: () => readonly { day: string; state: string }[] = () => [], steps: Partial<Activities> = {}) {
    const settings = { timeZone: 'Europe/London', source, calendar: { firstDay: '2020-01-01', closedWeekdays: [], closedDays: [] }, churn: { horizonDays: 60, minimumHistoryDays: 21, trainOn: 'pooled-snapshots' }, schedules: { paused: true, note: 'its data has ended', lookBackDays: 0, lateAfterHours: 6, ...times } } as unknown as PropertyConfig;
    const plugs = { settingsOf: () => settings, sourceOf: () => files, activityStore: { readDays: async (_property: string, from: string, to: string) => known().filter(({ day }) => day >= from && day <= to) } } as unknown as Plugs;
    const property = world.property(path, { planTick: planTick(plugs), ...steps });
    await applySchedules({ client: world.client, lines: schedulesOf({ properties: { [property]: settings } }), taskQueue: world.taskQueue });
    return property;
  }

  /** Has the schedule make up for a time, and waits until all its ticks, at least so many, are over. */
  async function makeUp(property: string, what: 'ingest' | 'arrivals' | 'week', [start, end]: [string, string], count: number) {
    const schedule = world.client.schedule.getHandle(`tick/${property}/${what}`);
    await schedule.backfill({ start: new Date(start), end: new Date(end), overlap: 'ALLOW_ALL' });
    const query = `WorkflowType = 'tick' AND Property = '${property}'`;
    const counted = async (status: string): Promise<number> => (await world.client.workflow.count(`${query} AND ExecutionStatus = '${status}'`)).count;
    await eventually(async () => (await counted('Completed')) >= count && (await counted('Running')) === 0, 60_000, `${count} ticks`);
    const ticks = [];
    for await (const { workflowId } of world.client.workflow.list({ query })) ticks.push(workflowId);
    const { state } = await schedule.describe();
    assert.deepEqual([state.paused, state.note], [true, 'its data has ended'], 'the schedule stays as its operator left it');
    return ticks.sort();
  }
  const inputs = (property: string, step: string, field: string) => world.calls(property).filter((call) => call.step === step).map(({ input }) => input[field] as string).sort();

  test('each morning looks at the day before by local time, over the nights when the clocks change', async () => {
    const property = await london('mornings', { ingestAt: '00:30', weekAt: '03:00' });
    const spring = await makeUp(property, 'ingest', ['2026-03-27T12:00:00Z', '2026-03-31T12:00:00Z'], 4);
    assert.deepEqual(spring.map((id) => id.slice(`tick/${property}/ingest-`.length)), ['2026-03-28T00:30:00Z', '2026-03-29T00:30:00Z', '2026-03-29T23:30:00Z', '2026-03-30T23:30:00Z']);
    assert.deepEqual(inputs(property, 'joinIngest', 'day'), ['2026-03-27', '2026-03-28', '2026-03-29', '2026-03-30']);
    assert.deepEqual(await world.steps(spring[0]!), ['planTick', 'joinIngest']);
    await makeUp(property, 'ingest', ['2026-10-23T12:00:00Z', '2026-10-26T12:00:00Z'], 7);
    // In the night of 25 hours the server (1.32) strikes twice; the second look is one at the same day.
    assert.deepEqual([...new Set(inputs(property, 'joinIngest', 'day').slice(4))], ['2026-10-23', '2026-10-24', '2026-10-25']);
  });

  test('no day is lost at an hour that one night leaves out and another has twice', async () => {
    const property = await london('lost-hour', { ingestAt: '01:30', weekAt: '03:00', lookBackDays: 1 });
    await makeUp(property, 'ingest', ['2026-03-27T12:00:00Z', '2026-03-30T12:00:00Z'], 2);
    assert.deepEqual([...new Set(inputs(property, 'joinIngest', 'day'))], ['2026-03-26', '2026-03-27', '2026-03-28', '2026-03-29']);
    await makeUp(property, 'ingest', ['2026-10-23T12:00:00Z', '2026-10-26T12:00:00Z'], 5);
    assert.deepEqual([...new Set(inputs(property, 'joinIngest', 'day'))].slice(4), ['2026-10-22', '2026-10-23', '2026-10-24', '2026-10-25']);
  });

  test('a missing day whose file arrives a week later is taken in the next morning', async () => {
    const store = new Map([['2026-05-01', 'waived'], ['2026-05-04', 'missing'], ...['05', '06', '07', '08', '09', '10', '11', '12'].map((day) => [`2026-05-${day}`, 'final'] as const)]);
    const joinIngest: Activities['joinIngest'] = async ({ day }) => {
      store.set(day, 'final');
      return { day, state: 'final', generation: 1, rows: 10, sentence: `day ${day} is final` };
    };
    const property = await london('late-file', { ingestAt: '04:00', weekAt: '05:00', lookBackDays: 3 }, () => [...store].map(([day, state]) => ({ day, state })).sort((a, b) => (a.day < b.day ? -1 : 1)), { joinIngest });
    const [tick] = await makeUp(property, 'ingest', ['2026-05-12T01:00:00Z', '2026-05-12T12:00:00Z'], 1);
    assert.deepEqual(inputs(property, 'joinIngest', 'day'), ['2026-05-04', '2026-05-11']);
    assert.deepEqual(await world.client.workflow.getHandle(tick!).result(), {
      days: ['2026-05-11', '2026-05-04'].map((day) => ({ day, state: 'final', sentence: `day ${day} is final` })), week: null,
    });
    await makeUp(property, 'ingest', ['2026-05-13T01:00:00Z', '2026-05-13T12:00:00Z'], 2);
    assert.deepEqual(inputs(property, 'joinIngest', 'day'), ['2026-05-04', '2026-05-11', '2026-05-12'], 'a settled day is left alone');
  });

  test('a morning looks at the newest sixty earlier days that are not settled, and no more', async () => {
    const known = daysFromTo('2026-01-01', '2026-04-30').map((day) => ({ day, state: 'missing' }));
    const plan = planTick({ settingsOf: () => ({ timeZone: 'UTC', calendar: { firstDay: '2026-01-10', closedWeekdays: [], closedDays: [] }, schedules: { lookBackDays: 2 } }), sourceOf: () => files, activityStore: { readDays: async () => known } } as unknown as Plugs);
    const { days } = await plan({ property: 'p', what: 'ingest', nominalMs: Date.parse('2026-05-01T04:00:00Z') });
    assert.deepEqual([days.length, ...days.slice(0, 4), days.at(-1)], [63, '2026-04-28', '2026-04-29', '2026-04-30', '2026-04-27', '2026-02-27']);
  });

  test('a waived day is looked at until its source has left it alone for a morning; one of a source that changes nothing is not', async () => {
    const known = daysFromTo('2026-04-20', '2026-04-30').map((day) => ({ day, state: day < '2026-04-29' ? 'waived' : 'final' }));
    const due = (day: string) => ({ thereByUs: 0, settledAtUs: Date.parse(`${day}T00:00:00Z`) * 1000 + 96 * 3_600_000_000 });
    const planOf = (source: object) => planTick({ settingsOf: () => ({ timeZone: 'UTC', calendar: { firstDay: '2026-01-10', closedWeekdays: [], closedDays: [] }, schedules: { lookBackDays: 9 } }), sourceOf: () => source, activityStore: { readDays: async () => known } } as unknown as Plugs);
    const morning = { property: 'p', what: 'ingest', nominalMs: Date.parse('2026-05-01T04:00:00Z') } as const;
    // The one of the 26th was settled at midnight of the 30th, which the morning of that day has seen.
    assert.deepEqual((await planOf({ dueOf: due })(morning)).days, ['2026-04-27', '2026-04-28', '2026-04-30']);
    assert.deepEqual((await planOf(files)(morning)).days, ['2026-04-30']);
  });

  test('a day of an export that did not come by the morning is looked at about noon and after the deadline, and one that is there is not', async () => {
    const states = new Map([['2026-03-26', 'provisional'], ['2026-03-27', 'missing'], ['2026-03-28', 'not-due']]);
    const joinIngest: Activities['joinIngest'] = async ({ day }) => {
      states.set(day, 'provisional');
      return { day, state: 'provisional', generation: 1, rows: 10, sentence: `day ${day} is provisional` };
    };
    const property = await london('arrivals', { ingestAt: '04:00', weekAt: '05:00', lookBackDays: 3, source: { kind: 'ga4-export', dailyTableBy: '18:00' } }, () => [['2026-03-25', 'waived'] as const, ...states].map(([day, state]) => ({ day, state })), { joinIngest });
    // The day of 23 hours: noon is 11:00 of the world's clock, an hour earlier than the day before.
    const strokes = await makeUp(property, 'arrivals', ['2026-03-29T01:00:00Z', '2026-03-29T22:00:00Z'], 2);
    assert.deepEqual(strokes.map((id) => id.slice(-20)), ['2026-03-29T11:00:00Z', '2026-03-29T17:05:00Z']);
    assert.deepEqual([...new Set(inputs(property, 'joinIngest', 'day'))], ['2026-03-27', '2026-03-28']);
    assert.deepEqual(await world.client.workflow.getHandle(strokes[0]!).result().then(({ week }: TickOutcome) => week), null); // there are two
  });

  test('a stroke for arrivals leaves alone what is there, closed, or older than the look-back', async () => {
    const known = [['2026-03-20', 'missing'], ['2026-03-25', 'bad-rows'], ['2026-03-26', 'provisional'], ['2026-03-27', 'not-due']].map(([day, state]) => ({ day, state }));
    const plan = planTick({ settingsOf: () => ({ timeZone: 'UTC', calendar: { firstDay: '2026-01-10', closedWeekdays: [], closedDays: ['2026-03-24'] }, schedules: { lookBackDays: 5 } }), sourceOf: () => files, activityStore: { readDays: async () => known } } as unknown as Plugs);
    assert.deepEqual(await plan({ property: 'p', what: 'arrivals', nominalMs: Date.parse('2026-03-29T12:00:00Z') }), { days: ['2026-03-23', '2026-03-27', '2026-03-28'], week: null });
  });

  test('each Monday has the week before decided, over week 53 and the turn of the year', async () => {
    const property = await london('mondays', { ingestAt: '02:00', weekAt: '00:30' });
    const ticks = await makeUp(property, 'week', ['2020-12-20T12:00:00Z', '2021-01-12T12:00:00Z'], 4);
    assert.deepEqual(ticks.map((id) => id.slice(`tick/${property}/week-`.length, -10)), ['2020-12-21', '2020-12-28', '2021-01-04', '2021-01-11']);
    assert.deepEqual(inputs(property, 'awaitWeekDecided', 'week'), ['2020-W51', '2020-W52', '2020-W53', '2021-W01']);
    assert.deepEqual(await world.steps(ticks[0]!), ['planTick', 'awaitWeekDecided']);
  });

  test('a Monday on which the property is too young for a week builds none, and says from when on one can be', async () => {
    const property = await london('too-young', { ingestAt: '02:00', weekAt: '05:00' });
    const [young, first] = await makeUp(property, 'week', ['2020-03-23T01:00:00Z', '2020-03-30T12:00:00Z'], 2);
    assert.deepEqual([await world.steps(young!), await world.steps(first!)], [['planTick'], ['planTick', 'awaitWeekDecided']]); // both are over
    assert.match((await world.client.workflow.getHandle(young!).result() as TickOutcome).leftOut ?? '', /^week 2020-W12 cannot have a model: .* The first week that can be built is 2020-W13, on 2020-03-30$/);
    assert.deepEqual(inputs(property, 'awaitWeekDecided', 'week'), ['2020-W13']);
  });

  test('each Monday in summer time has the week before decided', async () => {
    const property = await london('summer-mondays', { ingestAt: '02:00', weekAt: '00:30' });
    await makeUp(property, 'week', ['2026-06-01T12:00:00Z', '2026-06-15T12:00:00Z'], 2);
    assert.deepEqual(inputs(property, 'awaitWeekDecided', 'week'), ['2026-W23', '2026-W24']);
  });
});
