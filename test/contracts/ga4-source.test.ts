import { createGa4ExportSource } from '../../src/connectors/ga4/ga4-export-source.ts';
import { startOfDay } from '../../src/domain/calendar/day.ts';
import { startGoogleServer } from '../google/google-server.ts';
import { activitySourceContract } from './activity-source.contract.ts';
import type { Ga4ExportOptions } from '../../src/connectors/ga4/ga4-export-source.ts';
import type { Ga4Row } from '../google/ga4-schema.ts';

const day = '2026-01-03';
const timeZone = 'Europe/Berlin';
const event = (hour: number, user: string | null, value: Ga4Row | null, changes: Ga4Row = {}): Ga4Row => ({
  event_date: '20260103', event_timestamp: startOfDay(day, timeZone) + hour * 3_600_000_000, event_name: 'visit', user_pseudo_id: user,
  event_params: [{ key: 'ga_session_id', value: { int_value: 1_767_400_000 } }, ...(value ? [{ key: 'value', value }] : [])],
  event_bundle_sequence_id: 7, batch_event_index: 1, ...changes,
});
const rows: readonly Ga4Row[] = [
  ...Array.from({ length: 37 }, (_, index) => event(index % 9, `p${index % 10}.${index}`, index % 2 ? { int_value: index } : { double_value: index / 4 })),
  ...Array(3).fill(event(12, 'p1.1', null)) as Ga4Row[],
  event(12, null, { int_value: 1 }), event(13, ' ', { int_value: 1 }),
  event(14, 'p2.2', { string_value: 'one' }),
];
/** Four days after the day. */
const settledMs = Date.parse('2026-01-07T12:00:00Z');

for (const [name, table] of [['the daily table', 'events_20260103'], ['what streaming brought', 'events_intraday_20260103']] as const) {
  activitySourceContract(`Google Analytics export, ${name}`, async () => {
    const google = await startGoogleServer({ now: () => settledMs });
    google.tables.put(table, rows, settledMs - 10_000);
    const options: Ga4ExportOptions = {
      property: 'p', timeZone, project: google.project, dataset: google.dataset, rootUrl: google.rootUrl, credentials: { kind: 'none' }, now: () => settledMs,
      maximumBytesBilled: 2 ** 30, dailyTableBy: '18:00', person: 'user_pseudo_id', value: { param: 'value' }, session: 'ga_session_id', params: [], columns: [],
    };
    return { source: createGa4ExportSource(options), day, missingDay: '2026-01-04', change: async () => google.tables.put(table, rows.slice(1), settledMs - 5000), dispose: google.dispose };
  });
}
