import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import type { WeekStatus } from '../../src/domain/release/week-status.ts';
import { commandLine } from '../command-line.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { ListedChanges } from '../../src/domain/release/revision-changes.ts';

/** Days that come late or change: the week waits and says so, people are told once, and nothing is re-run by itself. */
const folder = join(mkdtempSync(join(tmpdir(), 'almanac-shop-')), 'days');
const notices: { id: string; kind: string; sentence: string }[] = [];
const webhook = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part)).on('end', () => {
    notices.push(JSON.parse(body));
    response.end();
  });
});
const [missing, lost, changed, week] = ['2026-02-24', '2026-02-25', '2026-02-20', '2026-W09'];
let kept: Buffer;
let stack: TestStack;
let property: string;

before(async () => {
  writeSmallShop(folder, { days: 56 });
  kept = readFileSync(dayFile(missing));
  for (const day of [missing, lost]) rmSync(dayFile(day));
  await new Promise<void>((listening) => webhook.listen(0, '127.0.0.1', listening));
  stack = await startTestStack({ properties: { small: smallShopProperty(folder) }, configuration: { notify: { webhook: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/` } } });
  property = stack.named('small');
  await (await stack.almanac.backfills.start({ property, from: SMALL_SHOP.firstDay, to: '2026-03-01', which: 'missing', order: 'oldest', weeks: false })).result();
});
after(async () => {
  await stack.stop();
  webhook.close();
});

test('a week with missing days waits, names them, and tells people once', async () => {
  await stack.almanac.weeks.run(property, week);
  const status = await eventually(async () => {
    const now = await stack.almanac.weeks.status(property, week);
    return now?.phase === 'waiting' && now.waitingFor.length > 0 && now;
  }, 60_000, 'the week waits');
  assert.deepEqual(status.waitingFor, [{ day: missing, state: 'missing' }, { day: lost, state: 'missing' }]);
  assert.match(status.sentence, /2 of 7 days are not final \(2026-02-24 missing: .*2026-02-24\.csv\.gz is missing/);
  await eventually(async () => notices.length > 0, 30_000, 'the webhook is told');
  assert.deepEqual(notices.map(({ kind }) => kind), ['waiting']);
});

test('it waits on for the next one once the first file is there, and says so', async () => {
  writeFileSync(dayFile(missing), kept);
  await ingest(missing);
  const status = await eventually(async () => {
    const now = await stack.almanac.weeks.status(property, week);
    return now?.waitingFor.length === 1 && now;
  }, 60_000, 'the week has seen the file');
  assert.deepEqual([status.phase, status.waitingFor], ['waiting', [{ day: lost, state: 'missing' }]]);
});

test('it goes on by itself once somebody answers for the day that never comes; who and why stay with the release', async () => {
  const { almanac, json } = commandLine(() => stack.env);
  const waived = await almanac('source', 'waive', property, lost, '--reason', 'the till was broken', '--by', 'ann');
  assert.equal(waived.code, 0, waived.err);
  assert.match(waived.out, /2026-02-25.*\. Weeks that wait for it were told\.\n$/);
  const status = await eventually(async () => {
    const now = await stack.almanac.weeks.status(property, week);
    return now && ['serving', 'failed'].includes(now.phase) && now;
  }, 120_000, 'the week is decided');
  assert.equal(status.phase, 'serving', status.sentence);
  assert.deepEqual((await stack.stores.activityStore.readDays(property, lost, lost)).map(({ state }) => state), ['waived']);
  const waives = async () => (await stack.stores.releaseStore.readAudit(property, 100)).filter(({ action }) => action === 'waive-day').map(({ subject, reason, actor }) => [subject, reason, actor]);
  assert.deepEqual(await waives(), [[lost, 'the till was broken', 'ann']]);
  const [record] = await stack.stores.releaseStore.listWeeks(property);
  assert.deepEqual(record?.release?.overrides, [{ what: `day ${lost}`, reason: 'the till was broken', by: 'ann' }]);
  assert.match((await almanac('week', 'status', property, week)).out, /^ {2}overridden by ann: day 2026-02-25: the till was broken$/m);
  assert.equal((await json<WeekStatus>(0, 'week', 'status', property, week)).live?.revision, 1);
  for (let time = 0; time < 2; time++) assert.equal((await almanac('source', 'waive', property, lost, '--reason', 'the till was stolen', '--by', 'bob')).code, 0);
  assert.deepEqual(await waives(), [[lost, 'the till was stolen', 'bob'], [lost, 'the till was broken', 'ann']], 'another reason is another line, the same one is none');
  assert.ok(notices.every(({ kind }) => ['waiting', 'not-accepted'].includes(kind)) && notices.filter(({ kind }) => kind === 'waiting').length <= 2, JSON.stringify(notices));
});

test('a final day that changes marks the week stale and leaves it alone; a re-run takes the mark away', async () => {
  const before = await people();
  const returning = [...before].find(([, kind]) => kind === 1)![0]; // some of 700 people left
  const text = gunzipSync(readFileSync(dayFile(changed))).toString();
  writeFileSync(dayFile(changed), gzipSync(`${text}p-late,${changed} 09:00:00,3.00,o-late\n${returning},${changed} 10:00:00,3.00,o-back\n`));
  await ingest(changed);
  const [stale] = await stack.stores.releaseStore.listStale(property);
  assert.equal(stale?.week, week);
  assert.match(stale?.reason ?? '', /day 2026-02-20 changed after the week was built \(version 1 was read, now it is 2\)/);
  assert.equal((await stack.almanac.weeks.status(property, week))?.live?.revision, 1);

  await stack.almanac.weeks.rerun(property, week, { from: 'extract', requestId: 'mend' });
  const { last } = await eventually(async () => {
    const now = await stack.almanac.weeks.status(property, week);
    return now?.live?.revision === 2 && now;
  }, 120_000, 'revision 2 serves');
  assert.deepEqual(await stack.stores.releaseStore.listStale(property), []);

  const stayed = [1, 2, 3, 4].map((kind) => [`${kind}→${kind}`, [...before.values()].filter((was) => was === kind).length - (kind === 1 ? 1 : 0)]);
  assert.deepEqual(last?.changed?.moves, { ...Object.fromEntries(stayed), '1→2': 1, 'new→4': 1 }, 'people who were never scored are compared too');
  assert.equal(last?.changed?.kind, 2);
  const listed = JSON.parse(Buffer.from(await stack.stores.artifacts.get(last.changed.list)).toString()) as ListedChanges;
  assert.equal(listed.people.length, 2 + last.changed.decile);
  assert.deepEqual(listed.people.find(({ user }) => user === returning), { user: returning, before: { kind: 1, decile: null }, after: { kind: 2, decile: null } });
  assert.deepEqual(listed.people.find(({ user }) => user === 'p-late'), { user: 'p-late', before: { kind: null, decile: null }, after: { kind: 4, decile: null } });
});

/** Everybody's kind in the first revision. */
async function people(): Promise<Map<string, number>> {
  const kinds = new Map<string, number>();
  for (let shard = 0; shard < 4; shard += 1) for await (const { user, kind } of stack.stores.peopleStore.readKinds({ property, week, revision: 1, shard })) kinds.set(user, kind);
  return kinds;
}

function dayFile(day: string): string {
  return join(folder, `${day}.csv.gz`);
}

async function ingest(day: string): Promise<void> {
  await (await stack.almanac.backfills.start({ property, from: day, to: day, which: 'all', order: 'oldest', weeks: false })).result();
}
