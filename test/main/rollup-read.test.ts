import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { aggregateDays } from '../../activities/rollup/aggregate-days.ts';
import { addDays } from '../../src/domain/calendar/day.ts';
import { effectOf } from '../../src/domain/rollup/event-effect.ts';
import { bucketOfReadings } from '../../src/domain/rollup/bucket.ts';
import { spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { earlierDays } from '../../src/domain/rollup/compared-days.ts';
import { contentOf, nextSeal } from '../../src/domain/rollup/seal.ts';
import { categoriesText, effectText, totalsText } from '../../src/main/cli/rollup-read.ts';
import { aggregatedText, takenText } from '../../src/main/cli/rollup.ts';
import { servingText } from '../../src/main/cli/rollup-serving.ts';
import { daysAround, readCategories, readDailySeries, readTotals } from '../../src/main/read-rollups.ts';
import type { BucketRow } from '../../src/domain/rollup/bucket-rows.ts';
import { inStep } from '../in-step.ts';
import { rollupWorld, type RollupWorld } from '../rollup-world.ts';

const [FIRST, EVENT, DAYS] = ['2019-01-01', '2019-01-09', 12];

test('which days of a range have no totals because they are not built is said, and what builds them', () => {
  const textOf = (days: string[], unbuilt: string[], to = '2019-01-04', asked = 4) => aggregatedText('shown', { from: FIRST, to }, asked, { days, read: 22, unbuilt });
  assert.equal(textOf([], []), 'all totals are made from what is there');
  assert.equal(textOf([FIRST], []), '2019-01-01: 22 rows read');
  assert.equal(textOf([FIRST], ['2019-01-02', '2019-01-04']), '2019-01-01: 22 rows read\nnot built, so without totals: 2019-01-02, 2019-01-04; what has ended is built by npx almanac rollup recompute shown day 2019-01-01..2019-01-04');
  assert.match(textOf([], ['2019-01-04']), /^all totals of built days are made from what is there\nnot built, so without totals: 2019-01-04; /);
  assert.match(textOf([], [FIRST], FIRST, 1), /^day 2019-01-01 is not built; what has ended is built by npx almanac rollup recompute shown day 2019-01-01$/);
  assert.match(textOf([], [FIRST, '2019-01-02'], '2019-01-02', 2), /^no day of 2019-01-01\.\.2019-01-02 is built; what/);
  assert.match(textOf([], Array.from({ length: 31 }, (_, at) => addDays(FIRST, at)), '2019-02-28', 59), /^all totals .*\nnot built, so without totals: 2019-01-01, 2019-01-02, 2019-01-03, 2019-01-04, 2019-01-05, 2019-01-06, 2019-01-07 and 24 more; /);
});

suite('what people read of rollups', () => {
  let world: RollupWorld;
  // Days as a build leaves them, one reading a member: 22 members that move a little, and one of them makes a step of a half.
  before(async () => {
    world = await rollupWorld({ everySeconds: 86_400, shards: 1, platforms: ['twitter'] });
    for (let at = 0; at < DAYS; at += 1) {
      const day = addDays(FIRST, at);
      const rows = Array.from({ length: 22 }, (_, index) => {
        const usual = 1000 * (index + 1) + ((at * 7 + index * 3) % 11);
        return { member: `m${String(index).padStart(2, '0')}`, platform: 'twitter', ...bucketOfReadings([index === 5 && day >= EVENT ? usual * 1.5 : usual]) };
      });
      await build('shown', day, rows);
    }
    await world.plugs.categoryStore.writeAccounts('shown', [{ member: 'm05', from: FIRST, language: 'de', game: 'chess' }, { member: 'm21', from: FIRST, language: 'en', game: 'go' }]);
    await inStep(() => aggregateDays(world.plugs)({ property: 'shown', span: { from: spanOf(FIRST, 'UTC').from, to: spanOf(addDays(FIRST, DAYS - 1), 'UTC').to } }));
  });
  after(() => world.dispose());

  async function build(property: string, day: string, rows: readonly BucketRow[]): Promise<void> {
    const key = { property, level: 'day', bucket: day, shard: 0 } as const;
    await world.rollupStore.writeRows({ ...key, inputs: `of ${day}` }, rows, 0);
    await world.rollupStore.seal([{ seal: nextSeal(key, `of ${day}`, contentOf(rows, day, world.settings), null), before: null }]);
  }

  test('a day on which a member lacks a platform that it has on others is none of its series: it would look like a fall', async () => {
    const row = (member: string, platform: string, value: number) => ({ member, platform, ...bucketOfReadings([value]) });
    await build('lacking', FIRST, [row('a', 'facebook', 50), row('a', 'twitter', 100), row('b', 'twitter', 7)]);
    await build('lacking', addDays(FIRST, 1), [row('a', 'twitter', 101), row('b', 'twitter', 8)]);
    assert.deepEqual(await readDailySeries(world.plugs, 'lacking', FIRST, addDays(FIRST, 1)), new Map([['a', [150, 0]], ['b', [7, 8]]]));
  });

  test('every member of a bucket; a bucket that is not built is refused with what builds it', async () => {
    const totals = await readTotals(world.plugs, 'shown', EVENT);
    assert.deepEqual([totals.length, totals[5]?.member, totals[5]?.sum], [22, 'm05', 1.5 * (6000 + ((8 * 7 + 15) % 11))]);
    assert.match(totalsText(totals.slice(0, 1)), /^member +mean +sum +last +readings\nm00 +1,001 +1,001 +1,001 +1$/);
    await assert.rejects(readTotals(world.plugs, 'shown', '2019-02-01'), { code: 'bad-argument', message: 'day 2019-02-01 of "shown" is not built: npx almanac rollup recompute shown day 2019-02-01' });
    await assert.rejects(readTotals(world.plugs, 'shown', '2018-12-31'), { code: 'bad-argument', message: 'day 2018-12-31 of "shown" is before its first day, 2019-01-01' });
    await assert.rejects(readTotals(world.plugs, 'shown', '9999-12-30_23'), { code: 'bad-argument', message: 'hour 9999-12-30_23 of "shown" is built when it has ended, at 9999-12-31T00:00Z' });
    const [last, next] = [addDays(FIRST, DAYS - 1), addDays(FIRST, DAYS)];
    assert.deepEqual(await inStep(() => aggregateDays(world.plugs)({ property: 'shown', span: { from: spanOf(last, 'UTC').from, to: spanOf(next, 'UTC').to } })), { days: [], read: 0, unbuilt: [next] });
    await assert.rejects(readTotals(world.plugs, 'shown', '2019-01-01_00-00-00'), /is a second; expected a minute or more/);
  });

  test('categories of a day beside yesterday and last week; a month ago nobody counted', async () => {
    const rows = await readCategories(world.plugs, 'shown', EVENT);
    const chess = rows.find(({ category, value }) => category === 'game' && value === 'chess')!; // m05 plays it
    assert.deepEqual([chess.members, chess.change.lastMonth], [1, { difference: null, share: null }]);
    assert.ok(Math.abs(chess.change.yesterday.share! - 0.5) < 0.01 && Math.abs(chess.change.lastWeek.share! - 0.5) < 0.01);
    assert.match(categoriesText([chess]), /chess +\d +[\d,.]+ +[\d.]+ % +1 +\+(49|50)\.\d % +\+(49|50)\.\d %$/);
    await assert.rejects(readCategories(world.plugs, 'shown', '2019-02-01'), { message: 'day 2019-02-01 of "shown" has no totals by category: npx almanac aggregate recompute shown 2019-02-01' });
    assert.deepEqual(earlierDays('2019-03-31'), { yesterday: '2019-03-30', lastWeek: '2019-03-24', lastMonth: '2019-02-28' });
  });

  test('a list that was taken in says what became of it, and what builds days that have ended', () => {
    assert.equal(takenText('shown', { 'on-time': 1200, late: 2, aside: 1 }), '1,200 readings came into open minutes, 2 open theirs again, 1 came too late, or lie before the first day, and are kept aside. Of days that have ended already, open minutes are built by hand: npx almanac rollup recompute shown day <from>..<to>');
    assert.doesNotMatch(takenText('shown', { 'on-time': 0, late: 2, aside: 1 }), /by hand/);
  });

  test('copies by member: which is read, since when, how it was verified, and what else is there', () => {
    const [property, openedAtMs] = ['shown', Date.parse('2026-01-02T03:04:05Z')];
    const verified = { buckets: 1465, rows: 12_000, atMs: openedAtMs };
    assert.equal(servingText(property, null, []), 'no copy of "shown" is read: npx almanac rollup serving rebuild shown');
    assert.deepEqual(servingText(property, { copy: 2, sinceMs: openedAtMs }, [1, 2, 3].map((copy) => ({ property, copy, openedAtMs, verified: copy === 2 ? verified : null }))).split('\n'), [
      'copy 1 was read before, and goes with its rebuild',
      'copy 2 is read since 2026-01-02 03:04 UTC; verified then: every value of 1,465 buckets with 12,000 rows against the seals',
      'copy 3 is being made since 2026-01-02 03:04 UTC',
    ]);
  });

  test('the effect of an event from the days as they are stored', async () => {
    const { from, to } = daysAround(EVENT, 8, 4);
    assert.deepEqual([from, to], [FIRST, '2019-01-12']);
    const effect = effectOf({ member: 'm05', series: await readDailySeries(world.plugs, 'shown', from, to), eventAt: 8 });
    assert.ok(effect.isBeyondChance && effect.low < 0.5 && 0.5 < effect.high && effect.high - effect.low < 0.05, JSON.stringify(effect));
    assert.match(effectText('m05', EVENT, effect), /^m05 changed by \+(49|50)\.\d % from 2019-01-09 on \(95 % interval \+\d\d\.\d % to \+\d\d\.\d %\), beyond what chance does to others; compared with 21 others$/);
  });
});
