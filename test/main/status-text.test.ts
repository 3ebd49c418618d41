import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { exitOf, statusText } from '../../src/main/cli/status.ts';
import { lookText, statusText as weekText } from '../../src/main/cli/week-look.ts';
import type { RollupReport } from '../../src/main/cli/rollup-report.ts';
import type { RequestWait } from '../../src/main/request-wait.ts';
import type { PartState } from '../../src/domain/health/part.ts';
import type { DaysReport, StatusReport, WeekReport } from '../../src/main/cli/status-report.ts';
import type { WeekStatus } from '../../src/domain/release/week-status.ts';

const days = (compared: DaysReport['compared']): DaysReport => ({ lastFinal: '2026-01-04', daysBehind: 0, hasEnded: false, failed: [], notDue: [], warned: [], unseen: 0, firstUnseen: null, billed: { bytes: 0, givenUp: 0 }, compared });
const text = (compared: DaysReport['compared'], requests: RequestWait | null = null): string => statusText({ parts: [], health: null, toldOnly: null, properties: [{ property: 'site', days: days(compared), requests, weeks: [], retiredWeeks: 0, firstWeek: { week: '2026-W13', day: '2026-03-30' }, schedules: [] }], rollups: [] });

suite('the status of a provisional week', () => {
  const week: WeekReport = {
    week: '2026-W10', phase: 'serving', revision: 1, modelId: 'm1', recipe: 'logistic', outcome: 'accepted', kinds: [1, 2, 3, 4], scored: 3, auc: 0.7, baseline: 'days-since-last', baselineAuc: 0.6, sentence: null,
    successor: null, finality: 'provisional', address: 'http://endpoint/site/2026-W10', checks: [], overrides: [], says: null, stale: null,
  };
  const status: WeekStatus = { property: 'site', week: week.week, phase: 'serving', sentence: 'It serves.', stages: [], live: { revision: 1, address: week.address, modelId: 'm1', scored: 3, isProvisional: true }, waitingFor: [{ day: '2026-03-08', state: 'provisional' }], last: null };

  test('says so at a glance, of one week, and where only the store answers', () => {
    const glance = (finality: WeekReport['finality']) => statusText({ parts: [], health: null, toldOnly: null, properties: [{ property: 'site', days: null, requests: null, firstWeek: { week: '2026-W10', day: '2026-03-09' }, weeks: [{ ...week, finality }], retiredWeeks: 0, schedules: [] }], rollups: [] });
    assert.match(glance('provisional'), /2026-W10 .* provisional$/m);
    assert.doesNotMatch(glance('final'), /provisional/);
    assert.match(weekText(status), /waits for 2026-03-08 \(provisional\)\n {2}live: revision 1, provisional, model m1/);
    assert.match(lookText('site', { ...week, phase: 'serving' }), /^site 2026-W10: serving, revision 1, provisional\. No workflow answers/);
  });
});

suite('the status of a day that is not there', () => {
  const reason = 'table events_20260105 is due by 2026-01-06T17:00:00Z';
  const reportOf = (changes: Partial<DaysReport>): StatusReport => ({ parts: [], health: null, toldOnly: null, properties: [{ property: 'site', days: { ...days({ last: null, differing: [] }), ...changes }, requests: null, weeks: [], retiredWeeks: 0, firstWeek: { week: '2026-W13', day: '2026-03-30' }, schedules: [] }], rollups: [] });

  test('says until when it may come, and calls nobody while it may', () => {
    const report = reportOf({ notDue: [{ day: '2026-01-05', reason }] });
    assert.match(statusText(report), /^ {2}2026-01-05 is not there yet: table events_20260105 is due by 2026-01-06T17:00:00Z$/m);
    assert.doesNotMatch(statusText(report), /failed/);
    assert.equal(exitOf(report), 'ok');
  });

  test('calls somebody once it is missing', () => {
    const report = reportOf({ failed: [{ day: '2026-01-05', state: 'missing', reason }] });
    assert.match(statusText(report), /^ {2}1 days failed: 2026-01-05 missing$/m);
    assert.equal(exitOf(report), 'refused');
  });
});

test('the status says what reading was billed, and what of it was for nothing', () => {
  const shown = (billed: DaysReport['billed']) => statusText({ parts: [], health: null, toldOnly: null, properties: [{ property: 'site', days: { ...days({ last: null, differing: [] }), billed }, requests: null, weeks: [], retiredWeeks: 0, firstWeek: { week: '2026-W13', day: '2026-03-30' }, schedules: [] }], rollups: [] });
  assert.match(shown({ bytes: 20_971_520, givenUp: 10_485_760 }), /^ {2}20,971,520 bytes billed for reading the last 28 days, 10,485,760 of them for versions that changed while they were read$/m);
  assert.match(shown({ bytes: 1, givenUp: 0 }), /^ {2}1 bytes billed for reading the last 28 days$/m);
  assert.doesNotMatch(shown({ bytes: 0, givenUp: 0 }), /billed/);
});

suite('the status of days that are compared', () => {
  test('shows the newest comparison and names the days that differ; is silent where nothing is compared', () => {
    const shown = text({ last: 'day 2026-01-04 differs from Google\'s report, stored / reported: people 10 / 20', differing: ['2026-01-02', '2026-01-04'] });
    assert.match(shown, /people 10 \/ 20\n\s*2 of the last 28 days differ from Google's reports: 2026-01-02, 2026-01-04/);
    assert.doesNotMatch(text({ last: null, differing: [] }), /Google/);
  });

  test('shows what reports wait for', () => {
    const sentence = 'Google\'s reports of properties/1 are not asked for until 2026-11-22T11:00:05.000Z: tokens of this hour';
    assert.ok(text({ last: null, differing: [] }, { because: 'tokens-per-hour', untilMs: 0, sentence }).split('\n').some((line) => line.trim() === sentence));
  });
});

test('the status of a property without a week says which can be the first', () => {
  assert.match(text({ last: null, differing: [] }), /^ {2}no week yet; first week that can be built: 2026-W13, on 2026-03-30$/m);
});

suite('the health of the parts', () => {
  const now = Date.UTC(2026, 10, 28, 16, 20);
  const state = (part: string, more: Partial<PartState> = {}): PartState => ({
    part, isUp: true, sentence: 'answers 200', lookedAtMs: now - 20_000, failures: 0, failingSinceMs: now, wells: 3, restarts: 0, incident: null, askedMs: [], askedEver: 0, ...more,
  });
  const reportOf = (...parts: PartState[]): StatusReport => ({ parts: [], health: { parts, unwritten: [], untold: [] }, toldOnly: null, properties: [], rollups: [] });

  test('is a line each: whether it answers, when that was seen, and what was done', () => {
    const report = reportOf(state('endpoint', { askedMs: [now - 1000] }), state('source/shop', { isUp: false, sentence: 'says no', lookedAtMs: now - 60 * 60_000 }));
    assert.match(statusText(report, now), /^ +✓ +endpoint +just now +started again once within the hour +answers 200\n +✗ +source\/shop +60 min ago +says no$/m);
    assert.equal(exitOf(report), 'ok');
  });

  test('says plainly where it only tells', () => {
    const report = reportOf(state('endpoint'));
    assert.doesNotMatch(statusText(report, now), /looks and tells/);
    assert.match(statusText({ ...report, toldOnly: 'docker compose restart {part}' }, now), /^health looks and tells: what does not answer is not started again from here \(docker compose restart \{part\}\)$/m);
  });

  test('calls somebody once a part was given up, and says what people do not know yet', () => {
    const report = reportOf(state('endpoint', { isUp: false, incident: { id: 'endpoint@0', sinceMs: 0, asked: 3, nextRestartMs: 0, needsPerson: true } }));
    assert.match(statusText(report, now), /✗ +endpoint +just now +needs a person/);
    assert.equal(exitOf(report), 'refused');
    const line = { id: 'i', part: 'endpoint', news: 'gave-up', sentence: 's' } as const;
    assert.match(statusText({ ...report, health: { ...report.health!, untold: [line] } }, now), /could not be told yet, because the webhook does not answer: 1$/m); // it has one
  });
});

suite('the status of a rollup', () => {
  const now = Date.UTC(2026, 10, 28, 16, 20, 30);
  const newest = (bucket: string, partial = 0) => ({ bucket, until: Date.UTC(2026, 10, 28, 16, 19) / 1000, members: 418, partial, content: 'c' });
  const shown = (stored: RollupReport['stored']): string => statusText({ parts: [], health: null, toldOnly: null, properties: [], rollups: [{ rollup: 'followers', stored, schedules: [] }] }, now);

  test('is its newest closed buckets, who is incomplete in them, what is aside, and the copy that is read', () => {
    assert.match(shown({ clock: { minute: newest('2026-11-28_16-18', 2), hour: newest('2026-11-28_15'), day: null }, asideHours: 3, copy: 4 }),
      /^followers\n {2}newest closed: minute 2026-11-28_16-18 \(2 of 418 members incomplete\), hour 2026-11-28_15, day none; the minute ended 1 min ago\n {2}readings of 3 hours came too late, .* npx almanac rollup aside followers\n {2}series by member are read from copy 4$/m);
  });
  test('says what is not there: nothing built, no copy, no store', () => {
    const nothing = { minute: null, hour: null, day: null };
    assert.match(shown({ clock: nothing, asideHours: 0, copy: null }), /^ {2}nothing is built yet$/m);
    assert.match(shown({ clock: { ...nothing, minute: newest('2026-11-28_16-18') }, asideHours: 0, copy: null }), /^ {2}series by member have no copy: npx almanac rollup serving rebuild followers$/m);
    assert.match(shown(null), /^ {2}its buckets are not known: Cassandra does not answer$/m);
  });
});
