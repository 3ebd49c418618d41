import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { lookAtDay } from '../../activities/ingest/look-at-day.ts';
import { markDay } from '../../activities/ingest/mark-day.ts';
import { waiveDay } from '../../activities/ingest/waive-day.ts';
import { inStep } from '../in-step.ts';
import type { IngestPlugs } from '../../activities/ingest/ingest-plugs.ts';
import type { DayState } from '../../src/domain/activity/manifest.ts';
import type { SourceLook } from '../../src/ports/activity-source.ts';

const [property, day] = ['site', '2026-03-15'];
const expected = 'table events_20260315 of dataset shop.analytics_1';
const toCome: SourceLook = { state: 'missing', expected, dueByUs: Date.parse('2026-03-16T17:00:00Z') * 1000 };
const gone: SourceLook = { state: 'missing', expected };

/** A day of which the store knows nothing, before a source that answers `look`. */
function world() {
  const known = new Map<string, { day: string; state: DayState; generation: number; rows: number; people: number; anonymous: number; quarantined: number; reason: string | null }>();
  let look = toCome;
  const plugs = {
    settingsOf: () => ({ timeZone: 'Europe/Berlin', shards: 1, calendar: { firstDay: '2026-03-01', closedWeekdays: [], closedDays: [] } }),
    sourceOf: () => ({ look: async () => look }),
    activityStore: {
      registerProperty: async () => undefined,
      readDays: async () => [...known.values()],
      markDay: async (mark: { state: DayState; reason: string | null }) => void known.set(day, { day, generation: 0, rows: 0, people: 0, anonymous: 0, quarantined: 0, state: mark.state, reason: mark.reason }),
    },
  } as unknown as IngestPlugs;
  return {
    state: () => known.get(day)?.state,
    waive: () => waiveDay(plugs)({ property, day, reason: 'it never came' }),
    /** A look of a sequence, as far as it goes for a day that is not there. */
    async lookNow(found: SourceLook) {
      look = found;
      const seen = await inStep(() => lookAtDay(plugs)({ property, day }));
      if (seen.found === 'rows') assert.fail('there are none');
      return seen.found === 'unchanged' ? seen.outcome : markDay(plugs)({ property, day, state: seen.state, reason: seen.reason });
    },
  };
}

suite('a day that its source may still bring', () => {
  test('is not due until then, however often it is looked at, and missing from then on', async () => {
    const { lookNow, state } = world();
    const { sentence } = await lookNow(toCome);
    assert.equal(sentence, `day ${day} of site is not there yet: ${expected} is due by 2026-03-16T17:00:00Z. It is looked at again by itself`);
    assert.deepEqual([(await lookNow(toCome)).sentence, state()], [sentence, 'not-due']);
    assert.match((await lookNow(gone)).sentence, /^day 2026-03-15 of site failed: .* is missing \(expected every open day from 2026-03-01\)\. Put it there, or: npx almanac source waive/);
    assert.equal(state(), 'missing');
  });

  test('cannot be waived; a missing one can, and stays so', async () => {
    const { lookNow, state, waive } = world();
    await lookNow(toCome);
    await assert.rejects(waive, { code: 'bad-argument', message: /^day 2026-03-15 of site is not there yet: .* is due by .*, at once by: npx almanac source retry site 2026-03-15\. It can be waived once it is missing$/ });
    assert.equal(state(), 'not-due');
    await lookNow(gone);
    assert.equal((await waive()).state, 'waived');
    assert.equal((await lookNow(gone)).state, 'waived');
  });

  test('stays waived while its source cannot be read: who has waived it answers for that, too', async () => {
    const { lookNow, state, waive } = world();
    const unreadable: SourceLook = { state: 'unreadable', sentence: 'the report was thresholded' };
    assert.equal((await lookNow(unreadable)).state, 'bad-rows');
    await waive();
    assert.deepEqual([(await lookNow(unreadable)).state, state()], ['waived', 'waived']);
  });
});
