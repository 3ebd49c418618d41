import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { accountsOf, fullWorld, gamesOf, readingsAt } from '../../../src/domain/rollup/generator.ts';
import { hashJson, type Json } from '../../../src/domain/hash.ts';
import { parseReading, readingProblem } from '../../../src/domain/rollup/reading.ts';

const world = { ...fullWorld, seed: 7, firstDay: '2019-01-01', days: 30 };
const second = Date.parse('2019-01-05T12:00:00Z') / 1000;

suite('the made-up world', () => {
  test('418 members on three platforms are 1,254 readings a second, each its own key and each a reading', () => {
    const readings = readingsAt(world, second);
    assert.equal(readings.length, 1254);
    assert.equal(new Set(readings.map(({ member, platform }) => `${member} ${platform}`)).size, 1254);
    assert.deepEqual(readings.filter((reading) => readingProblem(reading, world.platforms) !== null), []);
  });

  test('the same seed gives the same bytes, on any machine; another seed others', () => {
    const bytes = (seed: number): string => hashJson([readingsAt({ ...world, seed }, second), accountsOf({ ...world, seed }), gamesOf({ ...world, seed })] as unknown as Json);
    assert.equal(bytes(7), 'b34ac473a7b3dfe0f79c607c06507266d44dfac2265a1532043836b75e2a9420');
    assert.notEqual(bytes(8), bytes(7));
  });

  test('any second may be asked for alone, and a member grows', () => {
    const [first] = readingsAt(world, second);
    assert.deepEqual(readingsAt({ ...world, members: 1 }, second)[0], first);
    assert.ok((readingsAt(world, second + 20 * 86_400)[0]?.value ?? 0) > (first?.value ?? 0));
  });

  test('some members change their game and some games their console, a few members are not known', () => {
    const [accounts, games] = [accountsOf(world), gamesOf(world)];
    assert.equal(new Set(accounts.map(({ member }) => member)).size, 410);
    const moved = accounts.length - 410;
    assert.ok(moved > 40 && moved < 130, `${moved} changes`);
    assert.ok(games.length > 24 && games.every(({ from }) => from >= '2019-01-01' && from <= '2019-01-30'));
  });
});

suite('what is no reading', () => {
  test('is refused with what was expected, and never with the name of the member', () => {
    const good = { platform: 'twitter', member: 'm', second: 1, value: 2 };
    const problem = (change: object): string | null => readingProblem({ ...good, ...change }, ['twitter']);
    assert.equal(problem({}), null);
    assert.match(problem({ platform: 'myspace' }) ?? '', /platform is "myspace"; expected one of twitter/);
    for (const member of ['', 'x'.repeat(129), 'secret\u0000name', 5]) assert.match(problem({ member }) ?? '', /^member is not a text of 1 to 128 characters/);
    for (const at of [1.5, -1, '1', null]) assert.match(problem({ second: at }) ?? '', /expected whole seconds/);
    for (const value of [Number.NaN, Infinity, '3', undefined]) assert.match(problem({ value }) ?? '', /expected a finite number/);
    for (const value of [1e15, -1e15, 0]) assert.equal(problem({ value }), null);
    for (const value of [1.7e308, -1.7e308, 1.1e15]) assert.match(problem({ value }) ?? '', /^value is (-?1\.7e\+308|1100000000000000); expected a number of at most 1e15, of either sign$/);
    assert.match(readingProblem(null, []) ?? '', /not an object/);
  });
});

suite('a line of a list of readings', () => {
  test('is a reading, without what else it holds, or says why it is none', () => {
    assert.deepEqual(parseReading('{"platform":"x","member":"m","second":1,"value":2,"more":3}', ['x']), { platform: 'x', member: 'm', second: 1, value: 2 });
    assert.equal(parseReading('{"platform":', ['x']), 'it is not JSON');
    assert.match(String(parseReading('{"platform":"y"}', ['x'])), /platform is "y"; expected one of x/);
  });
});
