import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compareExported, identityOf, paramOf, understandExported } from '../../../../src/domain/activity/ga4/exported-row.ts';
import { readWireRow, type TableRow } from '../../../../src/domain/activity/ga4/wire-row.ts';
import { ga4Fields, toWire, type Ga4Row } from '../../../google/ga4-schema.ts';
import type { ExportMap } from '../../../../src/domain/activity/ga4/export-map.ts';

const startUs = Date.parse('2026-01-02T23:00:00Z') * 1000;
const day = { date: '20260103', startUs, endUs: startUs + 86_400_000_000 };
const map: ExportMap = { person: 'user_pseudo_id', value: { param: 'value' }, session: 'ga_session_id', params: [], columns: [] };
const row = (changes: Ga4Row = {}): TableRow => readWireRow(ga4Fields, toWire(ga4Fields, {
  event_date: '20260103', event_timestamp: startUs + 5_000_000, event_name: 'purchase', user_pseudo_id: '123.456', event_bundle_sequence_id: 9_007_199_254_740_993n, batch_event_index: 2,
  event_params: [{ key: 'ga_session_id', value: { int_value: 1_767_400_000 } }, { key: 'value', value: { double_value: 12.5 } }], items: [{ item_id: 'a', quantity: 2 }], ...changes,
}));
const understood = (changes: Ga4Row = {}, other: Partial<ExportMap> = {}) => {
  const read = row(changes);
  return understandExported(read, JSON.stringify(read), day, { ...map, ...other });
};
const reason = (changes: Ga4Row, other: Partial<ExportMap> = {}): string => {
  const outcome = understood(changes, other);
  return outcome.kind === 'rejected' ? outcome.reason : outcome.kind;
};

suite('rows of the export', () => {
  test('a row becomes an event: person, instant, name, value, session', () => {
    assert.deepEqual(understood(), { kind: 'event', event: { user: '123.456', timeUs: startUs + 5_000_000, name: 'purchase', value: 12.5, group: '1767400000' } });
  });

  test('whole numbers keep every digit, nulls are left out, nesting stays', () => {
    const read = row({ user_ltv: null });
    assert.equal(read.event_bundle_sequence_id, '9007199254740993');
    assert.equal(read.event_timestamp, startUs + 5_000_000);
    assert.deepEqual(read.items, [{ item_id: 'a', quantity: 2 }]);
    assert.ok(!('user_ltv' in read) && !('user_id' in read));
    assert.throws(() => readWireRow(ga4Fields, { f: [] }), RangeError);
  });

  test('a parameter may change its type from row to row', () => {
    const valued = (value: Ga4Row) => understood({ event_params: [{ key: 'value', value }] });
    for (const [value, expected] of [[{ int_value: 12 }, 12], [{ float_value: 0.5 }, 0.5], [{ string_value: ' 12.50 ' }, 12.5], [{ string_value: '' }, null], [{}, null]] as const) {
      const outcome = valued(value);
      assert.ok(outcome.kind === 'event');
      assert.equal(outcome.event.value, expected);
    }
    assert.equal(reason({ event_params: [{ key: 'value', value: { string_value: '12,50' } }] }), 'parameter value is not a number');
    assert.equal(reason({ event_params: [{ key: 'value', value: { double_value: Number.NaN } }] }), 'parameter value is not a number');
    assert.equal(paramOf(row({ event_params: null }), 'value'), undefined);
    assert.equal(paramOf(row({ event_params: [{ key: 'n', value: { int_value: -9_007_199_254_740_993n } }] }), 'n'), '-9007199254740993');
  });

  test('nobody without consent: counted, not invented', () => {
    for (const user of [null, '', '  ']) assert.equal(reason({ user_pseudo_id: user }), 'anonymous');
    assert.equal(reason({}, { person: 'user_id' }), 'anonymous');
  });

  test('the table says the day; a time up to 72 hours outside is believed, beyond not', () => {
    const hourUs = 3_600_000_000;
    for (const [offsetUs, kind] of [[-1, 'event'], [-72 * hourUs, 'event'], [-72 * hourUs - 1, 'rejected'], [96 * hourUs - 1, 'event'], [96 * hourUs, 'rejected']] as const) {
      assert.equal(understood({ event_timestamp: startUs + offsetUs }).kind, kind, String(offsetUs));
    }
    assert.equal(reason({ event_date: '20260104' }), 'event_date is not the day of the table');
    assert.equal(reason({ event_timestamp: null }), 'event_timestamp is not a time in microseconds');
    assert.equal(reason({ event_timestamp: 2n ** 60n }), 'event_timestamp is not a time in microseconds');
  });

  test('what cannot be stored or has no name is rejected, naming the column alone', () => {
    assert.equal(reason({ event_name: ' ' }), 'event_name is blank');
    assert.equal(reason({ user_pseudo_id: 'x'.repeat(1025) }), 'user_pseudo_id is longer than 1024 characters');
    assert.equal(reason({ user_pseudo_id: 'a\0b' }), 'a field holds NUL');
    assert.equal(reason({}, { value: { column: 'platform' } }), 'event');
    assert.equal(reason({ platform: 'WEB' }, { value: { column: 'platform' } }), 'platform is not a number');
  });

  test('identity is the five columns, null told from text', () => {
    assert.equal(identityOf(row()), `[${startUs + 5_000_000},"purchase","123.456","9007199254740993",2]`);
    assert.notEqual(identityOf(row({ user_pseudo_id: null })), identityOf(row({ user_pseudo_id: 'null' })));
  });

  test('the order is that of the query: numbers by size however many digits, texts by their UTF-8, nulls first', () => {
    const whole = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constant(null));
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constant(null));
    const any = fc.record({ event_timestamp: fc.integer({ min: 1, max: 3 }), event_name: text, user_pseudo_id: text, event_bundle_sequence_id: whole, batch_event_index: fc.integer({ min: 1, max: 2 }) });
    fc.assert(fc.property(any, any, (a, b) => {
      const order = Math.sign(compareExported(row(a), row(b)));
      const key = (of: typeof a) => [of.event_timestamp, of.event_name === null ? null : Buffer.from(of.event_name), of.user_pseudo_id === null ? null : Buffer.from(of.user_pseudo_id), of.event_bundle_sequence_id, of.batch_event_index];
      const [left, right] = [key(a), key(b)];
      let expected = 0;
      for (let at = 0; at < left.length && expected === 0; at += 1) {
        const [l, r] = [left[at] ?? null, right[at] ?? null];
        if (l === null || r === null) expected = l === r ? 0 : l === null ? -1 : 1;
        else if (Buffer.isBuffer(l) || Buffer.isBuffer(r)) expected = Buffer.compare(l as Buffer, r as Buffer);
        else expected = l < r ? -1 : l > r ? 1 : 0;
      }
      assert.equal(order, expected);
    }));
  });
});
