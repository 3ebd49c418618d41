import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { effectOf } from '../../../src/domain/rollup/event-effect.ts';

const [BEFORE, AFTER, MEMBERS, WORLDS] = [56, 28, 46, 400];

/**
 * Members whose days depend on the days before (AR(1), 0.5), on the weekday, each in its own way, and on what moves everybody;
 * levels differ a hundredfold. The first is multiplied by `factor` from the event on.
 */
function world(seed: number, factor: number): Map<string, number[]> {
  const random = xoroshiro128plus(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random));
  let everybody = 0;
  const common = Array.from({ length: BEFORE + AFTER }, () => (everybody += 0.02 * normal()));
  return new Map(Array.from({ length: MEMBERS }, (_, index) => {
    const [level, noise, weekday] = [Math.exp(4 + 2.3 * normal()), 0.01 + 0.03 * uniformFloat64(random), Array.from({ length: 7 }, () => 0.05 * normal())];
    let rest = 0;
    return [`m${index}`, common.map((move, day) => {
      rest = 0.5 * rest + noise * normal();
      return level * Math.exp(move + weekday[day % 7]! + rest) * (index === 0 && day >= BEFORE ? factor : 1);
    })];
  }));
}

const effects = (factor: number, worlds = WORLDS) => Array.from({ length: worlds }, (_, seed) => effectOf({ member: 'm0', series: world(seed, factor), eventAt: BEFORE }));
const share = (count: number): number => count / WORLDS;

/** How likely at most `hits` of `tries` are where each comes with probability `p`. */
function atMost(hits: number, tries: number, p: number): number {
  let [logarithm, sum] = [tries * Math.log1p(-p), 0];
  for (let k = 0; k <= hits; k += 1) {
    sum += Math.exp(logarithm);
    logarithm += Math.log((tries - k) / (k + 1)) + Math.log(p / (1 - p));
  }
  return sum;
}

suite('the effect of an event', () => {
  test('a planted step of +5 % lies inside the interval, and is told from chance', (t) => {
    const found = effects(1.05);
    const covered = share(found.filter(({ low, high }) => low <= 0.05 && 0.05 <= high).length);
    const seen = share(found.filter(({ isBeyondChance, change }) => isBeyondChance && change > 0).length);
    const off = found.reduce((sum, { change }) => sum + change - 0.05, 0) / WORLDS;
    t.diagnostic(`covered ${covered}, told from chance ${seen}, off by ${off.toFixed(4)} on average`);
    assert.ok(covered >= 0.95, `${covered}`);
    assert.ok(seen >= 0.9, `${seen}`);
    assert.ok(Math.abs(off) < 0.002, `${off}`);
    // The interval moves with the step: it misses in the very worlds that raise a false alarm, so the bound on those holds for both.
    assert.deepEqual(found.map(({ low, high }) => low <= 0.05 && 0.05 <= high), effects(1).map(({ isBeyondChance }) => !isBeyondChance));
  });

  test('where nothing happened, at most one alarm in twenty', (t) => {
    const worlds = 12_000; // 19 times of 20 so many tell the two of 46 that the rank lets through from one in twenty
    const alarms = effects(1, worlds).filter(({ isBeyondChance }) => isBeyondChance).length;
    const chance = atMost(alarms, worlds, 0.05);
    t.diagnostic(`false alarms ${alarms / worlds}; were it one in twenty or more, so few would come with a probability of ${chance.toFixed(4)} at most`);
    assert.ok(alarms > 0 && chance < 0.05, `${alarms} of ${worlds}: ${chance}`);
  });

  test('a step of everybody is nobody’s effect', () => {
    const all = new Map([...world(1, 1)].map(([member, values]) => [member, values.map((value, day) => (day >= BEFORE ? value * 3 : value))]));
    const [before, after] = [effectOf({ member: 'm0', series: world(1, 1), eventAt: BEFORE }), effectOf({ member: 'm0', series: all, eventAt: BEFORE })];
    assert.ok(Math.abs(before.change - after.change) < 1e-12);
    assert.ok(Math.abs(after.change) < 0.05);
  });

  test('members that cannot say anything are left out by name; too few are refused', () => {
    const series = world(2, 1).set('m1', Array.from({ length: BEFORE + AFTER }, () => 0)).set('m2', Array.from({ length: BEFORE + AFTER }, () => 7)).set('m3', [1, 2]);
    const { leftOut, controls } = effectOf({ member: 'm0', series, eventAt: BEFORE });
    assert.deepEqual([leftOut, controls], [['m1', 'm2', 'm3'], 42]);
    const few = new Map([...series].slice(0, 20));
    assert.throws(() => effectOf({ member: 'm0', series: few, eventAt: BEFORE }), /needs 19 other members with values above 0 in every period; there are 16/);
    assert.throws(() => effectOf({ member: 'm1', series, eventAt: BEFORE }), /the series of "m1" holds a value that is not above 0/);
    assert.throws(() => effectOf({ member: 'nobody', series, eventAt: BEFORE }), /"nobody" has no series/);
    assert.throws(() => effectOf({ member: 'm0', series, eventAt: 84 }), /the event lies at period 84 of 84/);
  });
});
