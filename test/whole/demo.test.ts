import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { runDemo } from '../../src/main/demo.ts';
import { root } from '../../src/main/root.ts';
import { schedulesOf, type ScheduleLine } from '../../src/schedules.ts';
import { smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';

/** The demo of `npm start` on a small shop: a file is missing at first, somebody stops it, and starts it again. */
suite('the demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'almanac-demo-'));
  const missing = join(folder, 'days', '2026-02-24.csv.gz');
  let kept: Buffer;
  let stack: TestStack;
  let property: string;

  before(async () => {
    writeSmallShop(join(folder, 'days'));
    kept = readFileSync(missing);
    rmSync(missing);
    stack = await startTestStack({ properties: { shop: smallShopProperty(join(folder, 'days'), { schedules: { paused: true, note: 'its data has ended', lookBackDays: 0 } }) } });
    property = stack.named('shop');
    await apply(schedulesOf(stack.config));
  });
  after(async () => {
    await apply([]);
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const apply = (lines: readonly ScheduleLine[]) => applySchedules({ client: stack.client, lines, taskQueue: stack.config.temporal.taskQueue });

  /** The demo of two weeks in a pipe, what it has written so far, and a way to stop it. */
  function demo() {
    const out = new PassThrough().setEncoding('utf8');
    const stopping = new AbortController();
    let written = '';
    out.on('data', (text: string) => void (written += text));
    const story = { property, data: 'a small shop', firstWeek: '2026-W10', lastWeek: '2026-W11' };
    const ended = runDemo({ config: stack.config, client: stack.client, out: out as unknown as NodeJS.WriteStream, signal: stopping.signal, beganMs: Date.now(), story });
    ended.catch(() => undefined); // awaited by each test
    return { ended, written: () => written, stop: () => stopping.abort(new Error('SIGINT')) };
  }

  test('shows its days, names the one that is missing and the week that waits for it, and stops when it is told to', async () => {
    const { ended, written, stop } = demo();
    await eventually(async () => /2026-W10 {2}waiting: /.test(written()), 120_000, 'the first week waits');
    stop();
    await assert.rejects(ended, { name: 'AbortError' });
    const lines = written().split('\n');
    assert.equal(lines[0], `Demo: property "${property}" — a small shop`);
    assert.ok(lines.slice(1, -4).every((line) => /^ {2}days +\d+ \/ 56 · [\d,]+ events · [\d,]+ rows\/s$/.test(line)), written());
    assert.match(lines.at(-4)!, /^ {2}days +56 \/ 56 · /); // there are four: the last is empty
    assert.match(lines.at(-3)!, /^ {2}2026-02-24 missing: .*2026-02-24\.csv\.gz is missing/);
    assert.match(lines.at(-2)!, /^ {2}2026-W10 {2}waiting: week 2026-W10 waits: .*2026-02-24 missing/);
  });

  test('goes on where it was: the day that was missing, the week that waited, the next one, and a command that answers', async () => {
    writeFileSync(missing, kept);
    const { ended, written } = demo();
    await ended;
    const lines = written().trimEnd().split('\n').slice(1);
    assert.match(written(), /^ {2}days +1 \/ 1 · /m);
    const weeks = lines.filter((line) => /^ {2}2026-W1[01] {2}1: [\d,]+ {2}2: [\d,]+ {2}3: [\d,]+ {2}4: [\d,]+ {3}AUC 0\.\d+ \(days-since-last 0\.\d+\) {3}.* scored {3}http:/.test(line));
    assert.deepEqual(weeks.map((line) => line.slice(2, 10)), ['2026-W10', '2026-W11'], written());
    assert.equal(lines.filter((line) => /^ +the first week is published: \d+ s since the start$/.test(line)).length, 1);
    assert.match(lines.at(-2)!, /^Try +\(\d+ s since the start\)$/);
    const { stdout } = await promisify(execFile)('bash', ['-c', lines.at(-1)!], { cwd: root, env: { ...process.env, ...stack.env } });
    assert.equal((JSON.parse(stdout) as { predictions: unknown[] }).predictions.length, 5);
  });

  test('once everything is there it only shows it again', async () => {
    const { ended, written } = demo();
    await ended;
    assert.match(written(), /^ {2}days +0 \/ 0 · all there$/m);
    assert.deepEqual([...written().matchAll(/^ {2}(2026-W1[01]) /gm)].map(([, week]) => week), ['2026-W10', '2026-W11']);
    assert.doesNotMatch(written(), /the first week is published/);
  });
});
