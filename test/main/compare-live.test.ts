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

  test('compares a day whose report was refused when it became final, once the grant is there; one that was compared is compared again', async () => {
    google.api.faults.next('runReport', { kind: 'status', status: 403, reason: 'PERMISSION_DENIED', message: 'no' });
    const backfill = await stack.almanac.backfills.start({ property: site, from: FIRST, to: SECOND, which: 'missing', order: 'oldest', weeks: false });
    assert.deepEqual((await backfill.result()).failed, []);
    await eventually(async () => (await verdicts()).length === 2, 60_000, 'both days looked at');
    assert.deepEqual((await verdicts()).sort(), ['agrees', 'not-compared']);
    const { code, out, err } = await almanac('source', 'compare', site, FIRST, '--to', SECOND);
    assert.equal(code, 0, err);
    assert.match(out, new RegExp(`^day ${FIRST} .*\\nday ${SECOND} .*\\n$`));
    assert.deepEqual(await verdicts(), ['agrees', 'agrees']);
  });

  test('ends with a failure where the report is refused again, and says what to do', async () => {
    google.api.faults.next('runReport', { kind: 'status', status: 403, reason: 'PERMISSION_DENIED', message: 'no' });
    const [refused] = await json<{ day: string; verdict: string; sentence: string }[]>(1, 'source', 'compare', site, FIRST);
    assert.deepEqual([refused?.day, refused?.verdict], [FIRST, 'not-compared']);
    assert.match(refused?.sentence ?? '', /was not compared: Google refused .* Grant Viewer on properties\//);
  });

  test('a source without a report, and days that are not final, are refused in one line', async () => {
    const reports = await almanac('source', 'compare', stack.named('reports'), FIRST);
    assert.match(reports.err, /has no report to compare its days with: dataApi of a ga4-export asks for one/);
    const absent = await almanac('source', 'compare', site, '2026-02-01');
    assert.match(absent.err, /no day of "\S+" from 2026-02-01 to 2026-02-01 is final: days are compared once they are/);
    assert.ok([reports.code, absent.code].every((code) => code !== 0));
  });
});
