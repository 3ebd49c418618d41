import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { addDays, dayOf, daysFromTo, startOfDay, type Day } from '../../src/domain/calendar/day.ts';
import { ga4Property } from '../google/ga4-property.ts';
import { googleWorld, hourMs, readInto, timeZone, versionOf, type GoogleWorld } from '../google/world.ts';
import type { Ga4Row } from '../google/ga4-schema.ts';
import type { SourceRow } from '../../src/ports/activity-source.ts';

const days = daysFromTo('2026-01-01', '2026-01-05');
const changedOn: Day = '2026-01-03';
const rows = days.flatMap((day) => ga4Property({ seed: 9, timeZone, firstDay: '2026-01-01', days: 5, visitors: 200 }).rowsOf(day));
const timeOf = (row: Ga4Row): number => row.event_timestamp as number;
const textOf = (user: unknown, time: number, name: unknown): string => `${String(user)} ${time} ${String(name)}`;

/** Somebody changes the reporting time zone in Google Analytics: from then on Google sorts events into days by another one. */
suite('Google Analytics export, a change of zone', () => {
  let world: GoogleWorld;
  beforeEach(async () => (world = await googleWorld()));
  afterEach(() => world.dispose());

  /** The tables as Google writes them: by Berlin until the change, by `zone` after it. */
  function exportUnder(zone: string): Map<Day, Ga4Row[]> {
    const changedAtUs = startOfDay(changedOn, timeZone);
    const tables = new Map<Day, Ga4Row[]>();
    for (const row of rows) {
      const day = dayOf(timeOf(row), timeOf(row) < changedAtUs ? timeZone : zone);
      tables.set(day, [...(tables.get(day) ?? []), { ...row, event_date: day.replaceAll('-', '') }]);
    }
    for (const [day, content] of tables) world.google.tables.put(`events_${day.replaceAll('-', '')}`, content, startOfDay(addDays(day, 1), timeZone) / 1000 + 20 * hourMs);
    world.clock.nowMs = startOfDay(addDays(days.at(-1) ?? '', 6), timeZone) / 1000;
    return tables;
  }

  for (const [direction, zone] of [['west', 'America/Los_Angeles'], ['east', 'Australia/Brisbane']] as const) {
    test(`by nine hours to the ${direction}: every event comes in once, on the day of its table`, async () => {
      const tables = exportUnder(zone);
      const read: SourceRow[] = [];
      for (const [day, content] of tables) {
        const ofDay: SourceRow[] = [];
        const source = world.sourceWith();
        await readInto(ofDay, source, await versionOf(source, day), 1000, day);
        assert.equal(ofDay.length, content.length, `${day} whole`);
        read.push(...ofDay);
      }
      assert.deepEqual(read.filter(({ kind }) => kind === 'rejected'), []);
      const known = rows.filter(({ user_pseudo_id: user }) => user !== null);
      assert.equal(read.filter(({ kind }) => kind === 'anonymous').length, rows.length - known.length);
      assert.deepEqual(
        read.flatMap((row) => (row.kind === 'event' ? [textOf(row.event.user, row.event.timeUs, row.event.name)] : [])).sort(),
        known.map((row) => textOf(row.user_pseudo_id, timeOf(row), row.event_name)).sort(),
      );
      const beside = [...tables].flatMap(([day, content]) => content.filter((row) => dayOf(timeOf(row), timeZone) !== day));
      assert.ok(beside.length > rows.length / 20, 'many lie on another day of the configured zone');
    });
  }

  test('a check notices it, and says that days which are loaded are bound to their zone', async () => {
    exportUnder('America/Los_Angeles');
    const said = (await world.sourceWith().check(days.slice(0, -1))).map(({ level, sentence }) => `${level}: ${sentence}`).join('\n');
    assert.match(said, /^warning: \d+ of the first \d+ rows of events_20260104 lie on another day in Europe\/Berlin: timeZone should be the reporting time zone of the Google Analytics property\. It is fixed once a day is loaded/m);
  });
});
