import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { openBrowser, openPage, type OpenPage } from '../browser.ts';
import { KEYS, LAST_DAY, LIVE_DAY, MEMBERS, PARTIAL, rollupServerWorld, SILENT, standingOf, type RollupServerWorld } from './rollup-server-world.ts';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { RollupServer } from '../../src/http/rollup/serve.ts';

const [first, second] = MEMBERS as [string, string, ...string[]];

suite('the pages of rollups in a browser', () => {
  let world: RollupServerWorld;
  let server: RollupServer;
  let browser: Browser;
  let opened: OpenPage[] = [];
  before(async () => {
    [world, browser] = await Promise.all([rollupServerWorld('followers'), openBrowser()]);
    server = await world.serve();
  });
  afterEach(async () => {
    await Promise.all(opened.map(({ context }) => context.close()));
    opened = [];
  });
  after(async () => {
    await browser?.close();
    await world?.dispose();
  });

  async function open(path: string, options: BrowserContextOptions = {}, url = server.url): Promise<OpenPage> {
    const one = await openPage(browser, `${url}${path}`, options);
    opened.push(one);
    return one;
  }
  const untroubled = ({ errors, strayed }: OpenPage): void => assert.deepEqual([errors, strayed], [[], []]);
  const appears = (page: Page, selector: string, text: string | RegExp): Promise<void> => page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: 20_000, state: selector.startsWith('#points') ? 'attached' : 'visible' }); // the table is folded
  const valueOf = (member: string, minute: string): number => world.readings.filter((reading) => reading.member === member && reading.second === spanOf(minute, 'UTC').from).reduce((sum, { value }) => sum + value, 0);
  /** Rows of the table below the chart: bucket, values as they are, words. */
  const points = async (page: Page): Promise<[string, ...number[]][]> => page.evaluate(`[...document.querySelectorAll('#points tbody tr')].map((row) => [row.cells[0].textContent, ...[...row.querySelectorAll('td[data-value]')].map((cell) => (cell.dataset.value === '' ? null : Number(cell.dataset.value)))])`);
  const cells = async (page: Page): Promise<string[][]> => page.evaluate(`[...document.querySelectorAll('#ranking tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))`);
  /** Dots of the chart that have the colour of a series, or of the rings. */
  const drawn = async (page: Page, colour: string): Promise<number> => page.evaluate(`(() => {
    const canvas = document.querySelector('#chart canvas');
    const [r, g, b] = getComputedStyle(document.documentElement).getPropertyValue('--${colour}').trim().match(/[0-9a-f]{2}/gi).map((hex) => parseInt(hex, 16));
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) if (Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) < 30 && data[at + 3] > 200) count += 1;
    return count;
  })()`);

  test('a member minute by minute: what is drawn is what is stored, partial minutes are ringed and counted', async () => {
    const one = await open(`/rollups/followers?member=${PARTIAL.member}`);
    await appears(one.page, '#newest-minute', `${LIVE_DAY}_02-04`);
    await appears(one.page, '#points', `${LIVE_DAY}_02-04`);
    const rows = await points(one.page);
    assert.deepEqual(rows, Array.from({ length: 65 }, (_, at) => {
      const minute = new Date((spanOf(`${LIVE_DAY}_02-04`, 'UTC').from - at * 60) * 1000).toISOString().slice(0, 16).replace('T', '_').replace(':', '-');
      return [minute, valueOf(PARTIAL.member, minute)];
    }));
    assert.ok((await drawn(one.page, 'a')) > 500 && (await drawn(one.page, 'warn')) > 50 && (await drawn(one.page, 'b')) === 0);
    assert.match(await one.page.locator('#partial').innerText(), /^10 of 65 buckets are partial/);
    assert.equal(await one.page.locator('#points .mark').count(), 10);
    assert.equal(await one.page.locator('.figure.a b').innerText(), valueOf(PARTIAL.member, `${LIVE_DAY}_02-04`).toLocaleString('en'));
    untroubled(one);
  });

  test('by keyboard alone: from field to field, to another level, and along the chart from point to point', async () => {
    const one = await open('/rollups/followers');
    await appears(one.page, '#points', `${LIVE_DAY}_02-04`);
    assert.equal(await one.page.inputValue('#member'), first, 'the first member is shown where none is asked for');
    await one.page.locator('#member').focus();
    for (const key of ['Tab', 'Tab', 'ArrowRight']) await one.page.keyboard.press(key);
    await appears(one.page, '.figure.a', `hour ${LIVE_DAY}_01`);
    assert.deepEqual((await points(one.page)).map(([bucket]) => bucket), [`${LIVE_DAY}_01`]);
    await one.page.keyboard.press('ArrowRight');
    await appears(one.page, '.figure.a', `day ${LAST_DAY}`);
    await one.page.locator('#chart').focus();
    for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'ArrowLeft']) await one.page.keyboard.press(key);
    const shown = standingOf(0, 'facebook', 1) + standingOf(0, 'twitter', 1);
    await appears(one.page, '#readout', `2019-01-02 · ${first} ${shown.toLocaleString('en')}`);
    assert.match(new URL(one.page.url()).search, /level=day/, 'what is shown can be sent on');
    untroubled(one);
  });

  test('two members side by side, with the difference; a minute in which one is silent is a hole', async () => {
    const one = await open(`/rollups/followers?member=${first}&with=${SILENT.member}`);
    await appears(one.page, '#points', `${LIVE_DAY}_02-04`);
    const rows = await points(one.page);
    assert.deepEqual(rows.find(([bucket]) => bucket === SILENT.minute), [SILENT.minute, valueOf(first, SILENT.minute), null]);
    for (const [bucket, a, b] of rows.filter(([minute]) => minute !== SILENT.minute)) assert.deepEqual([a, b], [valueOf(first, bucket), valueOf(SILENT.member, bucket)]);
    assert.ok((await drawn(one.page, 'a')) > 500 && (await drawn(one.page, 'b')) > 500);
    const [a, b] = [first, SILENT.member].map((member) => valueOf(member, `${LIVE_DAY}_02-04`)) as [number, number];
    assert.equal(await one.page.locator('.figure').last().locator('b').innerText(), `${a < b ? '−' : '+'}${Math.abs(a - b).toLocaleString('en')}`);
    assert.match(await one.page.locator('#partial').innerText(), /^116 buckets without a reading\.$/, 'that minute, and those of the day before, which are not built');
    untroubled(one);
  });

  test('categories are the stored totals, beside the three earlier days, by any category and sorted by any column', async () => {
    const one = await open('/rollups/followers');
    const totals = (await world.plugs.categoryStore.readDay('followers', LAST_DAY))!.rows; // the world has totals of that day
    for (const category of ['game', 'genre', 'console', 'language'] as const) {
      await one.page.locator(`input[name="category"][value="${category}"]`).check({ force: true });
      await appears(one.page, '#ranking caption', `values of ${category} on ${LAST_DAY}`);
      const expected = totals.filter((row) => row.category === category).map(({ rank, value, figure, share, members, partial }) => [String(rank), value, figure.toLocaleString('en'), `${(share * 100).toFixed(1)} %`, String(members), partial === 0 ? '' : `${partial} partial`]);
      assert.deepEqual((await cells(one.page)).map((row) => [...row.slice(0, 5), row.at(-1)]), expected);
    }
    await one.page.locator('input[name="category"][value="game"]').check({ force: true });
    await one.page.locator('#day').fill('2019-02-05');
    await appears(one.page, '#ranking', '2019-01-05');
    const on = (at: number) => standingOf(0, 'facebook', at) + standingOf(0, 'twitter', at);
    const chess = (await cells(one.page)).find(([, value]) => value === 'chess')!; // it is played
    assert.deepEqual(chess.slice(5, 8), [34, 28, 4].map((at) => `+${((on(35) / on(at) - 1) * 100).toFixed(1)} %`));
    await one.page.getByRole('button', { name: 'against last month' }).click();
    const changes = (await cells(one.page)).map((row) => Number(row[7]?.replace(/[+ %]/g, '')));
    assert.deepEqual(changes, changes.toSorted((a, b) => b - a));
    await one.page.locator('#day').fill('2018-12-01');
    await appears(one.page, '#categories-state', '2018-12-01 has no totals by category.');
    // The browser itself tells of each answer that is no success.
    assert.deepEqual([one.errors.filter((error) => !error.includes('404')), one.strayed], [[], []]);
  });

  test('a minute that is built appears by itself; a page that nobody sees asks nothing', async () => {
    const one = await open(`/rollups/followers?member=${second}`);
    await appears(one.page, '#points', `${LIVE_DAY}_02-04`);
    await appears(one.page, '#live[data-is="live"]', 'live');
    await world.build(`${LIVE_DAY}_02-05`);
    await appears(one.page, '#points tbody tr:first-child', `${LIVE_DAY}_02-05`);
    await appears(one.page, '#newest-minute', `${LIVE_DAY}_02-05`);
    const [newest] = await world.readingWith({ readSeries: async () => null }).readSeries({ property: 'followers', level: 'minute', buckets: 1 }, [second]);
    assert.deepEqual((await points(one.page))[0], [`${LIVE_DAY}_02-05`, newest?.points[0]?.value]);
    untroubled(one);

    const quiet = await open('about:blank', {}, '');
    await quiet.page.clock.install();
    await quiet.page.goto(`${server.url}/rollups/followers`);
    await appears(quiet.page, '#live[data-is="live"]', 'live');
    const looks = () => quiet.asked.filter((address) => address === '/v1/rollups/followers').length;
    const before = looks();
    await quiet.page.clock.runFor(5000);
    await quiet.page.waitForRequest(/followers$/, { timeout: 1000 }).catch(() => undefined);
    assert.ok(looks() > before, 'it looks every five seconds');
    await quiet.page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }); document.dispatchEvent(new Event('visibilitychange'))`);
    await appears(quiet.page, '#live', 'paused');
    const whenHidden = looks();
    await quiet.page.clock.runFor(600_000);
    assert.equal(looks(), whenHidden);
    await quiet.page.evaluate(`delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))`);
    await appears(quiet.page, '#live', 'live');
    assert.equal(looks(), whenHidden + 1);
    untroubled(quiet);
  });

  test('an unknown rollup, a bucket that is none, a member without readings and a server that is gone are said in words', async () => {
    const unknown = await open('/rollups/nobody');
    await appears(unknown.page, '#series-state', /There is no rollup of this name/);
    const one = await open('/rollups/followers?member=stranger');
    await appears(one.page, '#series-state', /^There is nothing of stranger from 2019-02-09_23-0\d to 2019-02-10_02-0\d/);
    await one.page.locator('#member').fill(first);
    await one.page.locator('#until').fill('noon');
    await one.page.keyboard.press('Enter');
    await appears(one.page, '#series-state[data-is="error"]', /"noon" is not the name of a bucket; expected/);

    const mortal = await world.serve();
    const left = await open('/rollups/followers', {}, mortal.url);
    await appears(left.page, '#live', 'live');
    await mortal.stop();
    await appears(left.page, '#live[data-is="away"]', 'The server does not answer.');
    assert.ok((await points(left.page)).length > 0, 'what was there is still shown');
  });

  test('where readers need a key, the page asks for it, and shows nothing before', async () => {
    const strict = await world.serve({ keys: KEYS });
    const one = await open('/rollups/followers', {}, strict.url);
    await one.page.locator('#key').waitFor();
    assert.deepEqual([await one.page.locator('#points tr').count(), await one.page.locator('#member').inputValue()], [0, '']);
    await one.page.locator('#key-text').fill(KEYS.read);
    await one.page.keyboard.press('Enter');
    await appears(one.page, '#points', `${LIVE_DAY}_02-0`);
    assert.deepEqual([one.errors.filter((error) => !error.includes('401')), one.page.url().includes(KEYS.read)], [[], false]);
  });

  test('the list leads to each rollup; light, dark and narrow windows are all whole', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const one = await open('/', { colorScheme, viewport: { width: 360, height: 800 } });
      await one.page.getByRole('link', { name: 'followers' }).click();
      await appears(one.page, '#points', `${LIVE_DAY}_02-0`);
      await appears(one.page, '#ranking', 'chess');
      assert.deepEqual(await one.page.evaluate('[document.documentElement.scrollWidth <= innerWidth, document.querySelector("#chart canvas").clientWidth <= innerWidth]'), [true, true], 'nothing is wider than the window');
      assert.ok((await drawn(one.page, 'a')) > 300, colorScheme);
      const lightness = await one.page.evaluate(`getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).reduce((sum, part) => sum + Number(part), 0) / 765`) as number;
      assert.ok(colorScheme === 'dark' ? lightness < 0.2 : lightness > 0.8, `${colorScheme}: ${lightness}`);
      untroubled(one);
    }
  });
});
