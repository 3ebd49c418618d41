import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { commandLine } from '../command-line.ts';
import { guardedSite, type GuardedSite } from '../google/guarded-site.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';

const [FIRST, SECOND] = ['2026-01-05', '2026-01-06'];

suite('the command source compare, with everything running', () => {
  const folder = mkdtempSync(join(tmpdir(), 'almanac-compare-'));
  let stack: TestStack;
  let google: GuardedSite;
  let site: string;
  before(async () => {
    google = await guardedSite({ keyFile: join(folder, 'key.json'), mark: 'person-', days: [FIRST, SECOND, '2026-01-07'] });
    stack = await startTestStack({ properties: { site: { ...google.exported }, reports: { ...google.reported } } });
    site = stack.named('site');
  });
  after(async () => {
    await stack?.stop();
    await google?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const { almanac, json } = commandLine(() => stack.env);
  const verdicts = async () => (await stack.stores.reconciliations.list(site, FIRST, SECOND)).map(({ verdict }) => verdict);

  const refused = () => google.api.faults.next('runReport', { kind: 'status', status: 403, reason: 'PERMISSION_DENIED', message: 'no' });

  test('ends with a failure while the report of a day is refused, and says what to do', async () => {
    refused();
    const backfill = await stack.almanac.backfills.start({ property: site, from: FIRST, to: SECOND, which: 'missing', order: 'oldest', weeks: false });
    assert.deepEqual((await backfill.result()).failed, []);
    await eventually(async () => (await verdicts()).length === 2, 60_000, 'both days looked at');
    assert.deepEqual((await verdicts()).sort(), ['agrees', 'not-compared']);
    refused();
    const still = await json<{ day: string; verdict: string; sentence: string }[]>(1, 'source', 'compare', site, FIRST, '--to', SECOND);
    assert.deepEqual(still.map(({ verdict }) => verdict), ['not-compared'], 'the day that was compared is not asked for again');
    assert.match(still[0]?.sentence ?? '', /was not compared: Google refused .* Grant Viewer on properties\//);
  });

  test('compares it once the grant is there; then there is nothing left to compare', async () => {
    const { code, out, err } = await almanac('source', 'compare', site, FIRST, '--to', SECOND);
    assert.equal(code, 0, err);
    assert.match(out, /^day 2026-01-0[56] agrees[^\n]*\n$/);
    assert.deepEqual(await verdicts(), ['agrees', 'agrees']);
    assert.match((await almanac('source', 'compare', site, FIRST, '--to', SECOND)).out, /^every final day of \S+ from 2026-01-05 to 2026-01-06 is compared: npx almanac source figures /);
  });

  test('a source without a report, and days that are not final, are refused in one line', async () => {
    const reports = await almanac('source', 'compare', stack.named('reports'), FIRST);
    assert.match(reports.err, /has no report to compare its days with: dataApi of a ga4-export asks for one/);
    const absent = await almanac('source', 'compare', site, '2026-02-01');
    assert.match(absent.err, /no day of "\S+" from 2026-02-01 to 2026-02-01 is final: days are compared once they are/);
    assert.ok([reports.code, absent.code].every((code) => code !== 0));
  });
});
