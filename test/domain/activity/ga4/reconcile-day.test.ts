import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { marksOf, personRefusal } from '../../../../src/domain/activity/ga4/report-marks.ts';
import { reconcile } from '../../../../src/domain/activity/ga4/reconcile-day.ts';

const tolerance = { people: 0.03, sessions: 0.05, events: 0.02 };
const stored = { people: 1000, sessions: 1200, events: 10_000, uncounted: 400 };
const against = (reported: object, marks: string[] = []) => reconcile('2026-01-01', stored, { figures: { people: 1000, sessions: 1200, events: 10_000, ...reported }, marks }, tolerance);

suite('a day beside what Google reports of it', () => {
  test('agrees within the tolerance, differs beyond it, and says both figures and the difference', () => {
    assert.equal(against({ people: 1029, sessions: 1150 }).verdict, 'agrees');
    const { verdict, comparisons, sentence } = against({ people: 900 });
    assert.equal(verdict, 'differs');
    assert.deepEqual(comparisons.map(({ isWithin }) => isWithin), [false, true, true]);
    assert.match(sentence, /^day 2026-01-01 differs from Google's report, stored \/ reported: people 1000 \/ 900 \(\+11\.1 %, more than 3\.0 %\), sessions 1200 \/ 1200 \(\+0\.0 %\)/);
    assert.match(against({ people: 1100 }).sentence, /people 1000 \/ 1100 \(−9\.1 %/);
  });

  test('events without a person may be in the report or not', () => {
    for (const events of [10_000, 10_200, 10_400]) assert.equal(against({ events }).comparisons[2]?.difference, 0);
    assert.equal(against({ events: 10_600 }).verdict, 'agrees');
    assert.equal(against({ events: 10_700 }).verdict, 'differs');
    assert.equal(against({ events: 9700 }).verdict, 'differs');
  });

  test('fewer than five apart is no difference, and an empty report is compared like any other', () => {
    assert.equal(reconcile('2026-01-01', { people: 8, sessions: 9, events: 20, uncounted: 0 }, { figures: { people: 5, sessions: 5, events: 19 }, marks: [] }, tolerance).verdict, 'agrees');
    assert.equal(reconcile('2026-01-01', { people: 8, sessions: 9, events: 20, uncounted: 0 }, { figures: { people: 0, sessions: 0, events: 0 }, marks: [] }, tolerance).verdict, 'differs');
  });

  test('where the report counts other people than the source, events alone are compared, and why is said', () => {
    const ofAccounts = (events: number) => reconcile('2026-01-01', { people: 200, sessions: 250, events: 2000, uncounted: 8000 }, { figures: { people: 1000, sessions: 1200, events }, marks: [], otherPeople: 'Google counts visitors' }, tolerance);
    const { verdict, comparisons, sentence } = ofAccounts(9900);
    assert.deepEqual([verdict, comparisons.map(({ figure }) => figure)], ['agrees', ['events']]);
    assert.equal(sentence, "day 2026-01-01 agrees with Google's report, stored / reported: events 2000 / 9900 (+0.0 %); people and sessions are not compared: Google counts visitors");
    assert.equal(ofAccounts(10_300).verdict, 'differs');
  });

  test('marks of a report are named, and a marked one says nothing about single people', () => {
    assert.deepEqual(marksOf({ timeZone: 'Europe/Berlin' } as object), []);
    assert.equal(personRefusal([]), null);
    const marks = marksOf({ dataLossFromOtherRow: true, samplingMetadatas: [{ samplesReadCount: '1' }], subjectToThresholding: true });
    assert.deepEqual(marks, ['dataLossFromOtherRow', 'sampling', 'thresholding']);
    assert.match(personRefusal(marks) ?? '', /dataLossFromOtherRow.*samplingMetadatas.*subjectToThresholding.*BigQuery/);
    assert.match(against({}, marks).sentence, /marked dataLossFromOtherRow, sampling, thresholding$/);
  });
});
