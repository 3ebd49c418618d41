import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { CATEGORIES } from '../../src/domain/rollup/accounts.ts';
import { addDays, daysFromTo } from '../../src/domain/calendar/day.ts';
import { spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { get } from './endpoint-world.ts';
import { FIRST_DAY, LAST_DAY, LIVE_DAY, MEMBERS, PARTIAL, rollupServerWorld, SILENT, standingOf, type RollupServerWorld } from './rollup-server-world.ts';
import type { Static } from 'typebox';
import type { DayAnswer, MemberPage, PairAnswer, RankingAnswer, Rollup, SeriesAnswer } from '../../src/http/rollup/schemas.ts';
import type { RollupServer } from '../../src/http/rollup/serve.ts';

interface Problem { readonly type: string; readonly title: string; readonly detail?: string }

suite('what is read of rollups over HTTP', () => {
  let world: RollupServerWorld;
  let server: RollupServer;
  before(async () => {
    world = await rollupServerWorld('followers');
    server = await world.serve();
  });
  after(() => world.dispose());

  const at = (path: string): string => `${server.url}/v1/rollups${path}`;
  async function read<Body>(path: string): Promise<Body> {
    const answer = await get<Body>(at(path));
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    return answer.body;
  }
  async function refused(path: string, headers: Record<string, string> = {}): Promise<[number, string, string]> {
    const { status, body, headers: said } = await get<Problem>(at(path), headers);
    assert.equal(said['content-type'], 'application/problem+json; charset=utf-8');
    return [status, body.type, body.detail ?? ''];
  }
  /** Over the platforms, from the readings as they came: one a minute. */
  function valueOf(member: string, minute: string): number {
    const { from } = spanOf(minute, 'UTC');
    return world.readings.filter((reading) => reading.member === member && reading.second === from).reduce((sum, { value }) => sum + value, 0);
  }

  test('how far the clock is, at each level', async () => {
    const { newest, ...settings } = await read<Static<typeof Rollup>>('/followers');
    assert.deepEqual([newest.minute?.bucket, newest.hour?.bucket, newest.day?.bucket], [`${LIVE_DAY}_02-04`, `${LIVE_DAY}_01`, LAST_DAY]);
    assert.deepEqual([newest.minute?.members, newest.day?.partial, newest.minute?.until], [5, 1, spanOf(`${LIVE_DAY}_02-05`, 'UTC').from]);
    assert.deepEqual(settings, { property: 'followers', timeZone: 'UTC', firstDay: FIRST_DAY, platforms: ['facebook', 'twitter'], everySeconds: 60, measure: 'mean', semantics: 'exact' });
    assert.deepEqual(await read('' ), { rollups: [{ property: 'followers', firstDay: FIRST_DAY, platforms: ['facebook', 'twitter'] }] });
  });

  test('a member minute by minute is what came in; a minute without a platform is there, and marked', async () => {
    const { points, partial, without } = await read<Static<typeof SeriesAnswer>>(`/followers/series/minute?member=${PARTIAL.member}&from=${LIVE_DAY}_01&to=${LIVE_DAY}_02-04`);
    assert.deepEqual([points.length, partial, without], [65, 10, 0]);
    for (const point of points) assert.deepEqual([point.value, point.sum, point.from], [valueOf(PARTIAL.member, point.bucket), point.value, spanOf(point.bucket, 'UTC').from]);
    assert.deepEqual(points.filter(({ isComplete }) => !isComplete).map(({ bucket, missing, completeness }) => [bucket, missing, completeness]), Array.from({ length: 10 }, (_, minute) => [`${LIVE_DAY}_01-3${minute}`, ['facebook'], 0.5]));
  });

  test('a minute without any reading of the member is left out and counted', async () => {
    const { points, without } = await read<Static<typeof SeriesAnswer>>(`/followers/series/minute?member=${SILENT.member}&from=${LIVE_DAY}_01`);
    assert.deepEqual([points.length, without, points.some(({ bucket }) => bucket === SILENT.minute)], [59, 1, false]);
    const nobody = await read<Static<typeof SeriesAnswer>>(`/followers/series/minute?member=nobody&from=${LIVE_DAY}_01&to=${LIVE_DAY}_03`);
    assert.deepEqual([nobody.points, nobody.without, nobody.from, nobody.to], [[], 65, `${LIVE_DAY}_01-00`, `${LIVE_DAY}_03-59`], 'what is not closed yet is not missed');
  });

  test('without a range, as many of the newest buckets as are asked for, of any level', async () => {
    const bucketsOf = async (path: string) => (await read<Static<typeof SeriesAnswer>>(`/followers/series/${path}`)).points.map(({ bucket }) => bucket);
    assert.deepEqual(await bucketsOf(`minute?member=${MEMBERS[0]}&buckets=6`), [`${LIVE_DAY}_01-59`, ...[0, 1, 2, 3, 4].map((minute) => `${LIVE_DAY}_02-0${minute}`)]);
    assert.deepEqual(await bucketsOf(`hour?member=${MEMBERS[0]}`), [`${LIVE_DAY}_01`]);
    assert.deepEqual(await bucketsOf(`day?member=${MEMBERS[0]}&buckets=365`), daysFromTo(FIRST_DAY, LAST_DAY));
    assert.deepEqual(await bucketsOf(`day?member=${MEMBERS[0]}&buckets=3&to=2019-01-20`), ['2019-01-18', '2019-01-19', '2019-01-20']);
  });

  test('two members side by side: both values, the difference and the ratio, null where one is silent', async () => {
    const { points, members, without } = await read<Static<typeof PairAnswer>>(`/followers/pair/day?a=${MEMBERS[3]}&b=${MEMBERS[0]}&from=2019-01-05&to=2019-01-06`);
    const [a, b] = [3, 0].map((index) => standingOf(index, 'facebook', 4) + standingOf(index, 'twitter', 4)) as [number, number];
    assert.deepEqual([members, points.length, points[0]], [{ a: MEMBERS[3], b: MEMBERS[0] }, 2, { bucket: '2019-01-05', from: spanOf('2019-01-05', 'UTC').from, a, b, difference: a - b, ratio: a / b, partial: [], isComplete: true }]);
    assert.deepEqual(without, { a: 0, b: 0 });
    const half = await read<Static<typeof PairAnswer>>(`/followers/pair/minute?a=${MEMBERS[0]}&b=${PARTIAL.member}&from=${PARTIAL.from}`);
    assert.deepEqual([half.partial, half.points[0]?.partial, half.points[0]?.isComplete], [1, ['b'], false]);
    const silent = await read<Static<typeof PairAnswer>>(`/followers/pair/minute?a=${SILENT.member}&b=${MEMBERS[0]}&from=${SILENT.minute}`);
    assert.deepEqual(silent.points.map((point) => [point.a, point.b, point.difference, point.ratio, point.isComplete]), [[null, valueOf(MEMBERS[0]!, SILENT.minute), null, null, false]]); // five members
  });

  test('categories of a day beside yesterday, last week and last month, all seen from that day', async () => {
    const { rows, earlier, day } = await read<Static<typeof DayAnswer>>('/followers/categories/2019-02-05');
    assert.deepEqual([day, earlier], ['2019-02-05', { yesterday: { day: '2019-02-04', hasTotals: true }, lastWeek: { day: '2019-01-29', hasTotals: true }, lastMonth: { day: '2019-01-05', hasTotals: true } }]);
    const chess = rows.find(({ category, value }) => category === 'game' && value === 'chess')!; // the first member plays it
    const on = (index: number) => standingOf(0, 'facebook', index) + standingOf(0, 'twitter', index);
    assert.deepEqual([chess.figure, chess.members, ...[34, 28, 4].map((index) => on(35) - on(index))], [on(35), 1, chess.change.yesterday.difference, chess.change.lastWeek.difference, chess.change.lastMonth.difference]);
    for (const category of CATEGORIES) assert.ok(Math.abs(rows.filter((row) => row.category === category).reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9, category);
    const first = await read<Static<typeof DayAnswer>>(`/followers/categories/${FIRST_DAY}`);
    assert.deepEqual([first.earlier.yesterday, first.rows[0]?.change.yesterday], [{ day: addDays(FIRST_DAY, -1), hasTotals: false }, { difference: null, share: null }]);
  });

  test('a ranking by any category, the largest first, with who is incomplete', async () => {
    for (const category of CATEGORIES) {
      const { rows, values } = await read<Static<typeof RankingAnswer>>(`/followers/ranking/${category}/${LAST_DAY}`);
      assert.deepEqual([rows.map(({ rank }) => rank), values, rows.every((row) => row.category === category)], [rows.map((_, index) => index + 1), rows.length, true]);
      assert.ok(rows.every(({ figure }, index) => index === 0 || figure <= rows[index - 1]!.figure)); // it is not the first
      assert.equal(rows.find(({ value }) => value === 'unknown')?.partial, 1, 'the last member is not described, and lacks a platform');
    }
    assert.deepEqual((await read<Static<typeof RankingAnswer>>(`/followers/ranking/language/${LAST_DAY}?limit=1`)).rows.length, 1);
  });

  test('members by name, page by page, and by a part of their name', async () => {
    assert.deepEqual(await read<Static<typeof MemberPage>>('/followers/members?limit=3'), { members: MEMBERS.slice(0, 3), next: MEMBERS[2] });
    assert.deepEqual(await read(`/followers/members?limit=3&after=${MEMBERS[2]}`), { members: MEMBERS.slice(3), next: null });
    assert.deepEqual(await read('/followers/members?search=BER-0004'), { members: [MEMBERS[4]], next: null });
  });

  test('the same answer again is 304, another one is not', async () => {
    const path = at(`/followers/series/hour?member=${MEMBERS[0]}`);
    const { headers } = await get(path);
    assert.equal(headers['cache-control'], 'private, no-cache');
    assert.deepEqual([(await get(path, { 'if-none-match': String(headers.etag) })).status, (await get(path, { 'if-none-match': '"other"' })).status], [304, 200]);
  });

  test('a question that is none is refused with what was expected', async () => {
    const series = (query: string, level = 'minute') => refused(`/followers/series/${level}?member=x&${query}`);
    assert.deepEqual(await series('from=2019-01-01&to=2019-12-31'), [400, '/problems/bad-question', 'the range has 525600 buckets of level minute; expected 4000 or fewer: ask for a shorter range or a coarser level']);
    assert.deepEqual(await series('from=2019-02-09'), [400, '/problems/bad-question', 'the range has 1440 buckets of level minute; expected 500 or fewer, because there is no copy of the series by member: ask for a shorter range or a coarser level']);
    assert.match((await series('from=yesterday'))[2], /^"yesterday" is not the name of a bucket; expected 2019-01-01, /);
    assert.match((await series(`from=${LIVE_DAY}_01-30`, 'hour'))[2], /is the name of a minute; expected a hour or more/);
    assert.match((await series('from=2019-02-02&to=2019-02-01', 'day'))[2], /ends before it begins/);
    assert.match((await series('from=2019-02-31', 'day'))[2], /is not a day of the calendar/);
    assert.match((await series('buckets=0'))[2], /buckets must be >= 1/);
    assert.match((await series('untill=2019'))[2], /must NOT have additional properties/);
    assert.match((await refused('/followers/series/second?member=x'))[2], /level must be equal to one of the allowed values/);
    assert.match((await refused('/followers/categories/2019-02-05_12'))[2], /is not the name of a day/);
    assert.deepEqual((await refused('/followers/categories/2019-03-01')).slice(0, 2), [404, '/problems/not-built']);
    assert.deepEqual((await refused('/nobody')).slice(0, 2), [404, '/problems/rollup-unknown']);
    assert.deepEqual((await refused('/followers/nothing')).slice(0, 2), [404, '/problems/not-found']);
  });

  test('who comes by another name than this machine\'s own is not answered, because nobody is asked for a key', async () => {
    assert.deepEqual((await refused('/followers', { host: 'rebound.example.com' })).slice(0, 2), [421, '/problems/misdirected']);
    assert.equal((await get(at('/followers'), { host: 'localhost:8604' })).status, 200);
  });

  test('the description has every question, and problems say what they are', async () => {
    const { paths } = (await get<{ paths: Record<string, Record<string, unknown>> }>(`${server.url}/openapi.json`)).body;
    assert.deepEqual(Object.entries(paths).map(([path, methods]) => `${Object.keys(methods).join()} ${path}`).sort(), [
      'get /v1/rollups', 'get /v1/rollups/{property}', 'get /v1/rollups/{property}/categories/{day}', 'get /v1/rollups/{property}/members', 'get /v1/rollups/{property}/pair/{level}',
      'get /v1/rollups/{property}/ranking/{category}/{day}', 'get /v1/rollups/{property}/series/{level}', 'post /v1/rollups/{property}/readings',
    ]);
    assert.deepEqual((await get(`${server.url}/problems/not-built`)).body, { status: 404, title: 'This day has no totals by category' });
    assert.deepEqual((await get(`${server.url}/readyz`)).body, { status: 'ready' });
  });

  test('no line of the log names a member', () => {
    assert.ok(world.log.length > 10);
    assert.deepEqual(world.log.filter((line) => /member-\d/.test(line)), []);
  });
});
