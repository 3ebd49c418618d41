import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { lineOf } from '../../../src/domain/health/health-line.ts';
import { judgeRound, MOST_OWED, owed } from '../../../src/domain/health/judge-round.ts';
import { turnsOf } from '../../../src/domain/health/turns.ts';
import type { News } from '../../../src/domain/health/judge-part.ts';
import type { HealthRules, Outcome, PartState } from '../../../src/domain/health/part.ts';

const rules: HealthRules = { failures: 3, calm: 10, mostRestartsPerHour: 3, settleSeconds: 120 };
const MINUTE_MS = 60_000;
const part = (name: string, isUp: boolean, more: Partial<Outcome> = {}): Outcome => ({ part: name, isUp, sentence: isUp ? 'answers' : 'did not answer within 5 s', needs: [], canRestart: true, restarts: null, ...more });

/** Lives a round a minute; what was done in each, as `<minute> <part> <what>`. */
function live(rounds: number, lookAt: (minute: number, done: readonly string[]) => readonly Outcome[]): string[] {
  let parts: readonly PartState[] = [];
  const done: string[] = [];
  for (let minute = 0; minute < rounds; minute += 1) {
    const outcomes = lookAt(minute, done);
    const judged = judgeRound(parts, outcomes, outcomes.map((outcome) => outcome.part), rules, minute * MINUTE_MS);
    ({ parts } = judged);
    done.push(...judged.restarts.map((state) => `${minute} ${state.part} restart`), ...judged.news.map(({ state, news }) => `${minute} ${state.part} ${news}`));
  }
  return done;
}

const count = (done: readonly string[], what: 'restart' | News): number => done.filter((line) => line.endsWith(` ${what}`)).length;
/** The most that happened within any hour. */
const mostInAnHour = (done: readonly string[]): number => {
  const minutes = done.map((line) => Number(line.split(' ')[0]));
  return Math.max(0, ...minutes.map((from) => minutes.filter((minute) => minute >= from && minute < from + 60).length));
};

suite('what looks at parts mean', () => {
  test('two failures are none; the third is one restart and one message, and answering again is no news', () => {
    assert.deepEqual(live(60, (minute) => [part('endpoint', minute !== 5 && minute !== 6)]), []);
    assert.deepEqual(live(60, (minute, done) => [part('endpoint', minute < 5 || done.length > 0)]), ['7 endpoint restart', '7 endpoint restarted']);
  });

  test('a part that never comes back: as many restarts as are allowed, each given twice the time, one message that says so, and no more for ever', () => {
    const done = live(7 * 24 * 60, () => [part('model-server', false)]);
    assert.deepEqual(done, ['2 model-server restart', '2 model-server restarted', '4 model-server restart', '8 model-server restart', '16 model-server gave-up']);
  });

  test('after it was given up, being well is told once, and the next death is a new incident', () => {
    const done = live(300, (minute) => [part('endpoint', (minute > 100 && minute < 200) || minute > 202)]);
    assert.deepEqual(done.slice(-4), ['16 endpoint gave-up', '110 endpoint well-again', '202 endpoint restart', '202 endpoint restarted']);
  });

  test('what nobody can start again is told once, and once when it is well', () => {
    assert.deepEqual(live(100, (minute) => [part('source/shop', minute < 20 || minute > 50, { canRestart: false })]), ['22 source/shop needs-person', '60 source/shop well-again']);
  });

  test('only the cause is started again: what needs it is let be, and has its own three failures afterwards', () => {
    const done = live(60, (minute, before) => {
      const isAway = minute >= 5 && !before.some((line) => line.includes('cassandra restart'));
      return [part('cassandra', !isAway), part('endpoint', !isAway && minute !== 8, { needs: ['cassandra'] })];
    });
    assert.deepEqual(done, ['7 cassandra restart', '7 cassandra restarted']);
  });

  test('what its supervisor has started again by itself is told once, however often it ends before it is calm', () => {
    const restarts = (minute: number) => (minute < 5 ? 1 : minute < 9 ? 2 : 4);
    assert.deepEqual(live(30, (minute) => [part('worker', true, { restarts: restarts(minute) })]), ['5 worker ended']);
    assert.deepEqual(live(60, (minute) => [part('worker', true, { restarts: minute < 30 ? 1 : 0 })]), [], 'a new supervisor counts anew');
    assert.deepEqual(live(60, (minute) => [part('worker', true, { restarts: minute < 5 ? 0 : minute < 40 ? 1 : 2 })]), ['5 worker ended', '40 worker ended']);
    assert.deepEqual(live(60, (_, done) => [part('endpoint', done.length > 0, { restarts: done.length > 0 ? 1 : 0 })]), ['2 endpoint restart', '2 endpoint restarted'], 'ours is no news');
  });

  test('a part that ends again and again under its supervisor is given up at the limit, and is well again after an hour without', () => {
    const endsEvery = (minutes: number, rounds: number, most = rules.mostRestartsPerHour) => {
      let parts: readonly PartState[] = [];
      return Array.from({ length: rounds }, (_, minute) => {
        const judged = judgeRound(parts, [part('worker', true, { restarts: Math.floor(Math.min(minute, 24 * 60) / minutes) })], ['worker'], { ...rules, mostRestartsPerHour: most }, minute * MINUTE_MS);
        ({ parts } = judged);
        return judged.news.map(({ news }) => `${minute} ${news}`);
      }).flat();
    };
    assert.deepEqual(endsEvery(2, 24 * 60), ['2 ended', '8 gave-up']);
    assert.deepEqual(endsEvery(5, 26 * 60), ['5 ended', '20 gave-up', '1500 well-again']);
    assert.deepEqual(endsEvery(15, 24 * 60), ['15 ended', '30 ended', '45 ended', '60 gave-up']);
    assert.deepEqual(endsEvery(17, 24 * 60), ['17 ended', '34 ended', '51 ended', '68 gave-up']);
    assert.deepEqual(endsEvery(5, 24 * 60, 0), ['5 ended', '10 gave-up'], 'a first death is one message where nothing is started again');
  });

  test('what ended while its cause was away is one end, however often its supervisor tried', () => {
    const done = live(60, (minute) => {
      const isAway = minute >= 5 && minute < 20;
      return [part('source', !isAway, { canRestart: false }), part('endpoint', !isAway, { needs: ['source'], restarts: minute < 20 ? 0 : 30 })];
    });
    assert.deepEqual(done.filter((line) => line.includes('endpoint')), ['20 endpoint ended']);
  });

  test('flapping makes no storm: whatever a part does, restarts are bounded in every hour and messages in every day', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = xoroshiro128plus(seed);
      const [staysUp, staysDown, canRestart] = [0.5 + 0.5 * uniformFloat64(random), uniformFloat64(random), seed % 3 > 0];
      let [isUp, restarts] = [true, 0];
      const done = live(24 * 60, () => {
        isUp = uniformFloat64(random) < (isUp ? staysUp : 1 - staysDown);
        if (canRestart && uniformFloat64(random) < 0.02) restarts += 1;
        return [part('endpoint', isUp, { canRestart, restarts: canRestart ? restarts : null })];
      });
      const news = done.filter((line) => !line.endsWith(' restart'));
      assert.ok(mostInAnHour(done.filter((line) => line.endsWith(' restart'))) <= rules.mostRestartsPerHour, `seed ${seed}`);
      // An incident takes its calm minutes, and has at most three messages.
      assert.ok(mostInAnHour(news) <= 3 * Math.ceil(60 / rules.calm), `seed ${seed}: ${news.join(', ')}`);
      assert.ok(count(done, 'well-again') <= count(done, 'gave-up') + count(done, 'needs-person'), `seed ${seed}`);
    }
    for (const period of [1, 2, 3, 4, 6, 8]) {
      const flapping = live(24 * 60, (minute) => [part('endpoint', Math.floor(minute / period) % 2 === 0)]);
      assert.ok(flapping.length <= 6, `every ${period} minutes: ${flapping.join(', ')}`);
    }
  });

  test('a part whose turn has not come stays as it was, and one that is gone from the configuration is forgotten', () => {
    const { parts } = judgeRound([], [part('source/shop', true), part('source/site', true)], ['source/shop', 'source/site'], rules, 0);
    const later = judgeRound(parts, [], ['source/site'], rules, MINUTE_MS);
    assert.deepEqual(later.parts.map((state) => [state.part, state.lookedAtMs]), [['source/site', 0]]);
  });

  test('what begins to fail, and what is well again, does not wait for its turn; what people were told of does', () => {
    let parts: readonly PartState[] = [];
    const waits = [true, false, false, false, true, true].map((isUp) => {
      ({ parts } = judgeRound(parts, [part('source/shop', isUp, { canRestart: false })], ['source/shop'], rules, 0));
      return 'source/shop' in turnsOf(parts);
    });
    assert.deepEqual(waits, [true, false, false, true, false, false]);
  });

  test('an incident has one name from its first failure on, so that a round that is done again names it alike', () => {
    const failing = (before: readonly PartState[], nowMs: number) => judgeRound(before, [part('endpoint', false)], ['endpoint'], rules, nowMs);
    const { parts } = failing(failing([], 1000).parts, 2000);
    assert.deepEqual([3000, 90_000].map((nowMs) => failing(parts, nowMs).restarts[0]?.incident?.id), ['endpoint@1000', 'endpoint@1000']);
  });

  test('a line says what, since when and what was done, and nothing is owed without a limit', () => {
    const { parts, news } = [0, 1, 2].reduce<ReturnType<typeof judgeRound>>((before, minute) => judgeRound(before.parts, [part('endpoint', false)], ['endpoint'], rules, minute * MINUTE_MS), { parts: [], restarts: [], news: [] });
    assert.deepEqual(news.map(({ state, news: what }) => lineOf(state, what, 'the supervisor has started it again')), [
      { id: 'endpoint@0/restarted', part: 'endpoint', news: 'restarted', sentence: 'endpoint has not answered since 1970-01-01 00:00:00 UTC (did not answer within 5 s): the supervisor has started it again' },
    ]);
    const endsOften = { ...parts[0]!, incident: { ...parts[0]!.incident!, endsOften: true as const } };
    assert.match(lineOf(endsOften, 'gave-up').sentence, /^endpoint has ended again and again since 1970-01-01 00:00:00 UTC, and its supervisor starts it again each time: somebody needs to look at it$/);
    const lines = Array.from({ length: 200 }, (_, index) => ({ ...lineOf(parts[0]!, 'restarted'), id: `${index % 120}` })); // there is one
    assert.deepEqual([owed(lines).length, owed(lines).at(-1)?.id], [MOST_OWED, '119']);
  });
});
