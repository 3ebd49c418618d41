import { activitySourceContract } from './activity-source.contract.ts';
import { dataApiWorld } from '../google/data-api-world.ts';
import { hourMs } from '../google/world.ts';
import type { Ga4Row } from '../google/ga4-schema.ts';

const day = '2026-01-03';
const row = (user: string | null, name: string, value?: number): Ga4Row => ({ event_name: name, user_pseudo_id: user, event_params: value === undefined ? [] : [{ key: 'value', value: { double_value: value } }] });
const names = ['page_view', 'purchase', 'scroll', 'visit'];
const rows: readonly Ga4Row[] = [
  // Three times the same: one row of the report, whose count says so.
  ...Array.from({ length: 10 }, (_, index) => names.flatMap((name) => Array.from({ length: 1 + (index % 3) }, () => row(`p${index}.${index}`, name, name === 'purchase' ? index + 0.25 : undefined)))).flat(),
  row(null, 'page_view'), row(null, 'scroll'),
  row('p2.2', '(not set)'),
];

activitySourceContract('Google Analytics Data API', async () => {
  const { api, clock, sourceWith, dispose } = await dataApiWorld();
  clock.nowMs += 4 * 24 * hourMs;
  api.put(day, rows);
  return { source: sourceWith(), day, missingDay: '2026-01-04', change: async () => api.put(day, rows.slice(1)), dispose };
});
