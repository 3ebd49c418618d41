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

const effects = (factor: number) => Array.from({ length: WORLDS }, (_, seed) => effectOf({ member: 'm0', series: world(seed, factor), eventAt: BEFORE }));
const share = (count: number): number => count / WORLDS;

suite('the effect of an event', () => {
  test('a planted step of +5 % lies inside the interval, and is told from chance', (t) => {
    const found = effects(1.05);
    const covered = share(found.filter(({ low, high }) => low <= 0.05 && 0.05 <= high).length);
    const seen = share(found.filter(({ isBeyondChance, change }) => isBeyondChance && change > 0).length);
    t.diagnostic(`covered ${covered}, told from chance ${seen}`);
    assert.ok(covered >= 0.95, `${covered}`);
    assert.ok(seen >= 0.9, `${seen}`);
  });

  test('where nothing happened, at most one alarm in twenty', (t) => {
    const alarms = share(effects(1).filter(({ isBeyondChance }) => isBeyondChance).length);
    t.diagnostic(`false alarms ${alarms}`);
    assert.ok(alarms <= 0.05 && alarms > 0, `${alarms}`);
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
