import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { eventsOf, noonOf, personReport, understandReported } from '../../../../src/domain/activity/ga4/person-report.ts';

const noonUs = noonOf('2026-01-01', 'Europe/Berlin');
const understood = (dimensions: string[], metrics: string[]) => understandReported({ dimensions, metrics }, noonUs);

suite('a row of a report as an event', () => {
  test('noon is 12:00 by the property\'s clock, also on days of 23 and 25 hours', () => {
    const noon = (day: string, timeZone: string): string => new Date(noonOf(day, timeZone) / 1000).toISOString();
    assert.equal(noon('2026-01-01', 'Europe/Berlin'), '2026-01-01T11:00:00.000Z');
    assert.equal(noon('2026-03-29', 'Europe/Berlin'), '2026-03-29T10:00:00.000Z');
    assert.equal(noon('2026-10-25', 'Europe/Berlin'), '2026-10-25T11:00:00.000Z');
    assert.equal(noon('2026-07-01', 'Pacific/Kiritimati'), '2026-06-30T22:00:00.000Z');
  });

  test('one event whatever the count, with the sum of values; nothing is nobody\'s worth', () => {
    assert.deepEqual(personReport('client_id').dimensions, ['customUser:client_id', 'eventName']);
    assert.deepEqual(understood(['1.2', 'purchase'], ['3', '12.5']), { kind: 'event', event: { user: '1.2', timeUs: noonUs, name: 'purchase', value: 12.5, group: null } });
    const visit = understood(['1.2', 'page_view'], ['40', '0']);
    assert.ok(visit.kind === 'event' && visit.event.value === null);
  });

  test('a row stands for as many events as its count says; for one where that cannot be read', () => {
    assert.deepEqual(['40', '1', '1.5', ''].map((count) => eventsOf({ dimensions: ['(not set)', 'page_view'], metrics: [count, '0'] })), [40, 1, 1, 1]);
  });

  test('without a client id it is counted as anonymous; what is not understood says why and quotes nothing', () => {
    for (const user of ['', ' ', '(not set)']) assert.equal(understood([user, 'page_view'], ['1', '0']).kind, 'anonymous');
    for (const [dimensions, metrics, reason] of [
      [['1.2', '(not set)'], ['1', '0'], /^eventName is not set$/],
      [['1.2', ''], ['1', '0'], /^eventName is not set$/],
      [['1.2', 'visit'], ['1.5', '0'], /^eventCount is not a number above 0$/],
      [['1.2', 'visit'], ['1', 'many'], /^eventValue is not a number$/],
      [['x'.repeat(2000), 'visit'], ['1', '0'], /^the client id is longer than 1024 characters$/],
    ] as const) {
      const row = understood([...dimensions], [...metrics]);
      assert.ok(row.kind === 'rejected' && reason.test(row.reason), JSON.stringify(row));
    }
  });
});
