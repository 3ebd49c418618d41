import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { suite, test } from 'node:test';
import { progressLine } from '../../src/main/progress.ts';
import { weekLine } from '../../src/main/week-line.ts';
import type { WeekStatus } from '../../src/domain/release/week-status.ts';

/** What one line of progress writes to a terminal, or to a pipe. */
function written(isTTY: boolean, show: (line: ReturnType<typeof progressLine>) => void): string {
  const out = Object.assign(new PassThrough().setEncoding('utf8'), { isTTY, columns: 120, cursorTo: () => true, clearLine: () => true, moveCursor: () => true });
  show(progressLine(out as unknown as NodeJS.WriteStream, 'days'));
  return String(out.read() ?? '');
}

suite('a line of progress', () => {
  test('in a pipe is a plain line for each tenth, and the end', () => {
    const text = written(false, (line) => {
      line.show(0, 0, 'nothing planned');
      for (let done = 0; done <= 40; done += 1) line.show(done, 40, `${done} events`);
      line.end(40, 40, '40 events');
    });
    assert.equal(text, [...Array.from({ length: 10 }, (_, tenth) => tenth * 4), 40].map((done) => `  days   ${done} / 40 · ${done} events\n`).join(''));
  });

  test('on a terminal is a bar, which is not there before anything is planned', () => {
    assert.equal(written(true, (line) => line.show(0, 0, 'nothing planned')), '');
    const text = written(true, (line) => {
      line.show(0, 40, '0 events');
      line.end(40, 40, '40 events');
    });
    assert.match(text, /░{24} {2}0 \/ 40 · 0 events/);
    assert.match(text, /█{24} {2}40 \/ 40 · 40 events/);
    assert.equal(written(true, (line) => line.end(0, 0, 'all there')), '  days   0 / 0 · all there\n');
  });
});

suite('a decided week in a line', () => {
  const quality = { recipe: 'logistic', auc: 0.6623, baseline: 'days-since-last', baselineAuc: 0.64, sentence: '' };
  const status = (outcome: string): WeekStatus => ({
    property: 'shop', week: '2011-W37', phase: 'serving', sentence: 'kept 2011-W36\'s model', stages: [], waitingFor: [],
    live: { revision: 1, address: 'http://endpoint/shop/2011-W37', modelId: 'm', scored: 1392 },
    last: { revision: 1, kinds: [1724, 1150, 1392, 130], quality, outcome, scored: 1392, modelId: 'm', address: 'http://endpoint/shop/2011-W37', changed: null },
  });

  test('has kinds, quality beside the baseline, decision, rows and address; why, where the new model was not taken', () => {
    const line = '  2011-W37  1: 1,724  2: 1,150  3: 1,392  4: 130   AUC 0.662 (days-since-last 0.640)   ';
    assert.equal(weekLine(status('accepted')), `${line}logistic accepted   1,392 scored   http://endpoint/shop/2011-W37`);
    assert.equal(weekLine(status('not-enough-evidence')), `${line}not enough evidence, logistic serves   1,392 scored   http://endpoint/shop/2011-W37\n            kept 2011-W36's model`);
  });

  test('without a release has its sentence', () => {
    assert.equal(weekLine({ ...status('accepted'), phase: 'failed', sentence: 'training failed', live: null }), '  2011-W37  failed: training failed');
  });
});
