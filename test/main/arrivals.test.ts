import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schedulesOf } from '../../src/schedules.ts';
import type { PropertyConfig } from '../../src/config.ts';

test('days that come hours after their end are looked at again about noon and after their deadline: those of Google, not files', () => {
  const timesOf = (source: object) => {
    const settings = { timeZone: 'Europe/Berlin', source, schedules: { ingestAt: '04:00', weekAt: '05:00', paused: false } } as unknown as PropertyConfig;
    return schedulesOf({ properties: { site: settings } }).find(({ id }) => id === 'tick/site/arrivals')?.times;
  };
  assert.deepEqual(timesOf({ kind: 'ga4-export', dailyTableBy: '09:00' }), [{ hour: 9, minute: 5 }]);
  assert.deepEqual(timesOf({ kind: 'ga4-data-api' }), [{ hour: 12, minute: 0 }, { hour: 18, minute: 5 }]);
  assert.equal(timesOf({ kind: 'files' }), undefined);
});
