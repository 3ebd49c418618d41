import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { compileTimeFormat } from '../../../src/domain/activity/time-format.ts';
import { Failure } from '../../../src/domain/failure.ts';

const us = (iso: string): number => Date.parse(iso) * 1000;

test('times without a zone are of the property, and a date alone is its local midnight', () => {
  const local = compileTimeFormat('YYYY-MM-DD HH:mm:ss', 'Europe/London');
  assert.equal(local('2011-10-04 09:30:00'), us('2011-10-04T08:30:00Z'));
  assert.equal(local('2011-12-04 09:30:00'), us('2011-12-04T09:30:00Z'));
  assert.equal(compileTimeFormat('YYYYMMDD', 'America/New_York')('19970101'), us('1997-01-01T05:00:00Z'));
  assert.equal(compileTimeFormat('DD/MM/YYYY HH:mm', 'UTC')('04/10/2011 09:30'), us('2011-10-04T09:30:00Z'));
});

test('a time that spring skips moves forward; of one that autumn repeats the first is meant', () => {
  const local = compileTimeFormat('YYYY-MM-DD HH:mm:ss', 'Europe/London');
  assert.equal(local('2011-03-27 01:30:00'), us('2011-03-27T01:30:00Z'));
  assert.equal(local('2011-10-30 01:30:00'), us('2011-10-30T00:30:00Z'));
});

test('iso, with and without zone and fraction; epochs', () => {
  const iso = compileTimeFormat('iso', 'Europe/London');
  assert.equal(iso('2011-10-04T09:30:00.123456789+02:00'), us('2011-10-04T07:30:00Z') + 123_456);
  assert.equal(iso('2011-10-04T09:30Z'), us('2011-10-04T09:30:00Z'));
  assert.equal(iso('2011-10-04'), us('2011-10-03T23:00:00Z'));
  assert.equal(compileTimeFormat('epoch-seconds', 'UTC')('1317720600'), us('2011-10-04T09:30:00Z'));
  assert.equal(compileTimeFormat('epoch-millis', 'UTC')('1317720600123'), us('2011-10-04T09:30:00Z') + 123_000);
});

test('what is not a time is not guessed', () => {
  const local = compileTimeFormat('YYYY-MM-DD HH:mm:ss', 'UTC');
  for (const text of ['', '2011-02-29 00:00:00', '2011-13-01 00:00:00', '2011-10-04 24:00:00', '2011-10-04 09:60:00', '2011-10-04', ' 2011-10-04 09:30:00', '2011/10/04 09:30:00']) assert.equal(local(text), null, text);
  for (const text of ['', 'today', '2011-02-30', '2011-10-04T25:00Z']) assert.equal(compileTimeFormat('iso', 'UTC')(text), null, text);
  assert.throws(() => compileTimeFormat('HH:mm', 'UTC'), (error) => error instanceof Failure && error.code === 'bad-configuration');
});

test('the remembered hours agree with the time-zone library, in any zone', () => {
  const zones = ['Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Casablanca', 'America/Sao_Paulo', 'Pacific/Apia'];
  const seconds = fc.integer({ min: Date.UTC(2005, 0, 1) / 1000, max: Date.UTC(2025, 0, 1) / 1000 });
  const readers = new Map(zones.map((zone) => [zone, compileTimeFormat('YYYY-MM-DD HH:mm:ss', zone)]));
  fc.assert(fc.property(fc.constantFrom(...zones), seconds, (zone, second) => {
    const wall = new Date(second * 1000).toISOString().slice(0, 19);
    const expected = Temporal.PlainDateTime.from(wall).toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds * 1000;
    assert.equal(readers.get(zone)?.(wall.replace('T', ' ')), expected);
  }), { numRuns: 1500 });
});

test('unpadded dates and twelve hours, as spreadsheets write them', () => {
  const american = compileTimeFormat('M/D/YYYY H:mm', 'UTC');
  assert.equal(american('12/1/2010 8:26'), us('2010-12-01T08:26:00Z'));
  assert.equal(american('12/01/2010 08:26'), us('2010-12-01T08:26:00Z'));
  assert.equal(american('13/1/2010 8:26'), null);
  const halves = compileTimeFormat('M/D/YYYY h:mm A', 'UTC');
  assert.equal(halves('12/1/2010 12:05 AM'), us('2010-12-01T00:05:00Z'));
  assert.equal(halves('12/1/2010 12:05 pm'), us('2010-12-01T12:05:00Z'));
  assert.equal(halves('12/1/2010 13:05 PM'), null);
  assert.throws(() => compileTimeFormat('M/D/YYYY h:mm', 'UTC'), Failure);
});
