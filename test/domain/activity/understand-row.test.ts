import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseColumnMap, type ColumnMap } from '../../../src/domain/activity/column-map.ts';
import { textProblem } from '../../../src/domain/activity/text-problem.ts';
import { compileRowRule } from '../../../src/domain/activity/understand-row.ts';
import { startOfDay } from '../../../src/domain/calendar/day.ts';
import { Failure } from '../../../src/domain/failure.ts';

const map: ColumnMap = {
  user: { column: 'customer', as: 'integer' },
  time: { column: 'at', format: 'YYYY-MM-DD HH:mm:ss' },
  name: { column: 'invoice', startsWith: { C: 'cancellation' }, otherwise: 'purchase' },
  value: { multiply: ['quantity', 'price'] },
  group: { column: 'invoice' },
};
const [from, to] = [startOfDay('2011-10-04', 'Europe/London'), startOfDay('2011-10-05', 'Europe/London')];
const understand = (changes: Record<string, string | null> = {}, columns = map) => {
  const rule = compileRowRule(columns, 'Europe/London');
  const row: Record<string, string | null> = { customer: '17850.0', at: '2011-10-04 09:30:00', invoice: '5693', quantity: '6', price: '2.5', ...changes };
  return rule.understand(rule.columns.map((column) => row[column] ?? null), from, to);
};

test('a row becomes an event', () => {
  assert.deepEqual(understand(), { kind: 'event', event: { user: '17850', timeUs: from + 9.5 * 3_600_000_000, name: 'purchase', value: 15, group: '5693' } });
  assert.equal((understand({ invoice: 'C5693' }) as { event: { name: string } }).event.name, 'cancellation');
});

test('a blank person is nobody, a blank value is none', () => {
  for (const customer of ['', '  ', null]) assert.deepEqual(understand({ customer }), { kind: 'anonymous' });
  assert.equal((understand({ price: ' ' }) as { event: { value: number | null } }).event.value, null);
});

test('what cannot be understood says why and never quotes a value', () => {
  const reasons: [Record<string, string | null>, string][] = [
    [{ at: 'secret' }, 'at is not a time of the form YYYY-MM-DD HH:mm:ss'],
    [{ at: '2011-10-05 00:00:00' }, 'at is outside the day'],
    [{ at: '2011-10-03 23:59:59' }, 'at is outside the day'],
    [{ customer: '17850.5' }, 'customer is not a whole number'],
    [{ customer: '1'.repeat(1025) }, 'customer is longer than 1024 characters'],
    [{ quantity: '1,5' }, 'quantity is not a number'],
    [{ quantity: '1e999' }, 'quantity is not a number'],
    [{ price: '0x10' }, 'price is not a number'],
  ];
  for (const [changes, reason] of reasons) assert.deepEqual(understand(changes), { kind: 'rejected', reason });
});

test('the same person is the same id, whatever the decimals and leading zeros of a whole number', () => {
  for (const customer of ['17850', '17850.0', '017850.', ' 17850 ']) assert.equal((understand({ customer }) as { event: { user: string } }).event.user, '17850');
  assert.equal((understand({ customer: '00017' }, { ...map, user: { column: 'customer' } }) as { event: { user: string } }).event.user, '00017');
});

test('a column map that is not one names the place, the field and what was expected', () => {
  assert.throws(() => parseColumnMap({ ...map, time: { column: 'at' } }, 'properties.shop.source'), (error) =>
    error instanceof Failure && error.code === 'bad-configuration' && /^properties\.shop\.source\.columns\.time: .*format/.test(error.message));
});

test('text that must not be stored is told from text that only looks like it', () => {
  const problem = (text: string): string | null => textProblem(JSON.stringify({ text }), () => ({ text }));
  assert.equal(problem('a\0b'), 'a field holds NUL');
  assert.equal(problem('\ud83d'), 'a field holds half a surrogate pair');
  assert.equal(problem('\uFFFD'), 'a field holds bytes that are not UTF-8');
  assert.equal(problem('é'.repeat(512 * 1024)), 'a field has 1 MiB or more');
  assert.equal(problem('é'.repeat(512 * 1024 - 1)), null);
  for (const fine of ['\\u0000', '\\ud83d', '\u{1F600}', '']) assert.equal(problem(fine), null);
});
