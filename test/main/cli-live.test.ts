import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parse } from 'yaml';
import { healthId } from '../../src/domain/release/ids.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { commandLine } from '../command-line.ts';
import { differencesOf, dumpOf } from '../faults/tables.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import { writeVisits } from '../visits.ts';
import type { ListedChanges } from '../../src/domain/release/revision-changes.ts';
import type { BackfillPlan } from '../../src/main/cli/plan-text.ts';
import type { WeekStatus } from '../../src/domain/release/week-status.ts';

/** An operator's day at the command line, against a stack that runs: every command that needs an answer of it. */
suite('the command almanac, with everything running', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'almanac-shop-')), 'days');
  const week = '2026-W10';
  let stack: TestStack;
  let property: string;

  before(async () => {
    writeSmallShop(folder);
    stack = await startTestStack({ properties: { careful: smallShopProperty(folder, { approval: 'manual' }), own: await initialised() } });
    property = stack.named('careful');
  });
  after(async () => {
    await applySchedules({ client: stack.client, lines: [], taskQueue: stack.config.temporal.taskQueue });
    await stack.stop();
  });

  /** A property as `init` writes it from somebody's own file. */
  async function initialised(): Promise<Record<string, unknown>> {
    const [file, configuration] = [join(folder, '..', 'visits.csv'), join(folder, '..', 'configuration')]; // elsewhere, so the file's folder is written whole
    const configFile = join(configuration, 'almanac.yaml');
    mkdirSync(configuration);
    writeVisits(file, { firstDay: '2025-01-01', days: 100, people: 160 });
    const { code, out, err } = await commandLine(() => ({ ALMANAC_CONFIG: configFile })).almanac('init', 'own', '--file', file, '--time-zone', 'Europe/Berlin');
    assert.equal(code, 0, err);
    assert.match(out, /^The first week that can be built is 2025-W13, on 2025-03-31: /m);
    return (parse(readFileSync(configFile, 'utf8')) as { properties: { own: Record<string, unknown> } }).properties.own;
  }

  const { almanac, json } = commandLine(() => stack.env);
  const status = (key: string, of = week): Promise<number> =>
    fetch(`http://127.0.0.1:${stack.config.endpoint.port}/${property}/${of}/v1/model`, { headers: { authorization: `Bearer ${key}` } }).then((response) => response.status);
  const range = ['--from', SMALL_SHOP.firstDay, '--to', '2026-03-08'];

  test('backfill: the plan lists the days and writes nothing; the run shows how far it is and what came in', async () => {
    const everything = () => dumpOf({ cassandra: stack.stores.cassandra, artifacts: join(stack.home, 'artifacts') });
    const before = await everything();
    const plan = await json<BackfillPlan>(0, 'backfill', 'plan', property, ...range, '--weeks', '--newest-first');
    assert.deepEqual([plan.days.length, plan.days[0]?.day, plan.days.at(-1)?.day, plan.weeks.length, plan.weeks[0]?.week], [63, '2026-03-08', SMALL_SHOP.firstDay, 6, '2026-W05']);
    assert.deepEqual([plan.gaps, plan.total.toRead, plan.total.bytesBilled, plan.expected.days.from], [[], 63, 0, 'stated']);
    const told = await almanac('backfill', 'plan', property, ...range);
    assert.match(told.out, /^day +why +rows +bytes +billed\n2026-01-05 +new +\d+ +[\d,]+ +0\n/);
    assert.match(told.out, /\n63 days, 63 to read\n[\d,]+ rows, [\d,]+ bytes at the source, at most 0 bytes billed\nabout a minute \(a stated figure: no day of this property was timed yet\)\nnothing was written\n$/);
    assert.deepEqual(differencesOf(before, await everything()), []);
    assert.equal((await stack.client.workflow.count(`Property = '${property}'`)).count, 0, 'nothing was started');
    const { code, out, err } = await almanac('backfill', 'run', property, ...range);
    assert.equal(code, 0, err);
    assert.match(out, /63 \/ 63 · [\d,]+ events\n63 of 63 days are in, [\d,]+ events\n$/);
    assert.deepEqual((await json<BackfillPlan>(0, 'backfill', 'plan', property, ...range)).days, []);
    const came = await stack.stores.activityStore.readDays(property, SMALL_SHOP.firstDay, '2026-03-08');
    assert.equal(plan.total.records, came.reduce((sum, { rows }) => sum + rows, 0), 'as many rows came in as were announced');
    const again = await json<BackfillPlan>(0, 'backfill', 'plan', property, ...range, '--which', 'all');
    assert.deepEqual([again.days.every(({ why, source }) => why === 'unchanged' && source === 'known'), again.total.records, again.expected.days.from], [true, 0, 'measured']);
  });

  test('somebody\'s own file, as the README says: checked, taken in, and served; weeks for which it is too young are left out', async () => {
    const own = stack.named('own');
    assert.equal((await almanac('source', 'check', own)).code, 0);
    assert.match((await almanac('status', own)).out, /^ {2}no week yet; first week that can be built: 2025-W13, on 2025-03-31$/m);
    const young = await almanac('week', 'run', own, '2025-W05');
    assert.equal(young.code, 2);
    assert.match(young.err, /^week 2025-W05 cannot have a model: own-\w+ begins on 2025-01-01, .* The first week that can be built is 2025-W13, on 2025-03-31\n$/);

    const days = ['--from', '2025-01-01', '--to', '2025-04-06', '--weeks'];
    const leftOut = `11 weeks are left out: ${own} is too young for them. The first week that can be built is 2025-W13, on 2025-03-31`;
    assert.deepEqual(await json<BackfillPlan>(0, 'backfill', 'plan', own, ...days).then(({ weeks, leftOut: said }) => [weeks.map((one) => one.week), said]), [['2025-W13', '2025-W14'], leftOut]);
    const run = await almanac('backfill', 'run', own, ...days);
    assert.equal(run.code, 0, run.err + run.out);
    assert.equal(run.err, `${leftOut}\n`);
    assert.match(run.out, /96 \/ 96 · .*\n {2}2025-W13 {2}1: .*\n(.*\n)* {2}2025-W14 {2}1: /);
    const key = (await almanac('key', 'show', own, '2025-W14')).out.trim();
    const answer = await fetch(`http://127.0.0.1:${stack.config.endpoint.port}/${own}/2025-W14/v1/predictions?limit=5`, { headers: { authorization: `Bearer ${key}` } });
    assert.equal(answer.status, 200);
    assert.equal((await answer.json() as { predictions: unknown[] }).predictions.length, 5);
    assert.equal((await almanac('status', own, '--exit-code')).code, 0);
  });

  test('the schedules of the configuration are applied, and listed with their state', async () => {
    const ids = [property, stack.named('own')].flatMap((name) => [`tick/${name}/ingest`, `tick/${name}/week`]).concat(healthId(stack.config.temporal.taskQueue)).sort();
    assert.match((await almanac('schedules', 'list')).out, new RegExp(`tick/${property}/ingest +missing: npx almanac schedules apply`));
    assert.deepEqual((await json<{ created: string[] }>(0, 'schedules', 'apply')).created.toSorted(), ids);
    assert.deepEqual((await json<{ unchanged: string[] }>(0, 'schedules', 'apply')).unchanged.toSorted(), ids);
    const listed = await almanac('schedules', 'list');
    assert.match(listed.out, new RegExp(`^tick/${property}/week +paused +almanac: week of ${property}$`, 'm'));
    assert.match(listed.out, new RegExp(`^tick/${stack.named('own')}/week +paused +The data of this property ends on 2025-04-10$`, 'm'));
  });

  test('source retry says what became of the day', async () => {
    const outcome = await json<{ state: string; day: string; generation: number }>(0, 'source', 'retry', property, '2026-03-08');
    assert.deepEqual([outcome.state, outcome.day, outcome.generation], ['final', '2026-03-08', 1]);
    const { code, out } = await almanac('source', 'retry', property, '2026-04-01');
    assert.equal(code, 0, out);
    assert.match(out, /the property lives from 2026-01-05 to 2026-03-29/);
  });

  test('source quarantine names file, line and reason of a page of rows, and what stood in them only when asked', async () => {
    const { activityStore } = stack.stores;
    const rows = [0, 1, 2].map((position) => ({ position, file: '2026-03-08.csv.gz', line: position + 2, reason: 'value is not a number', payload: `p-secret-${position}` }));
    await activityStore.writeQuarantine({ property, day: '2026-03-08', generation: 1 }, rows);
    const { code, out, err } = await almanac('source', 'quarantine', property, '2026-03-08', '--limit', '2');
    assert.equal(code, 0, err);
    assert.match(out, /^file +line +reason\n2026-03-08\.csv\.gz +2 +value is not a number\n2026-03-08\.csv\.gz +3 +value is not a number\n2 of /);
    assert.match(err, /more: --after 1/);
    assert.doesNotMatch(out + err, /secret/);
    const next = await json<{ rows: unknown[]; nextAfter: number | null }>(0, 'source', 'quarantine', property, '2026-03-08', '--after', '1', '--payload');
    assert.deepEqual([next.rows, next.nextAfter], [[rows[2]], null]);
    assert.equal((await almanac('source', 'quarantine', property, '2026-04-02')).code, 3);
  });

  test('backfill of weeks ends with 5 as soon as a week needs a person, and names it', async () => {
    const { code, out, err } = await almanac('backfill', 'run', property, '--from', '2026-03-02', '--to', '2026-03-08', '--weeks');
    assert.equal(code, 5, err || out);
    assert.match(out, new RegExp(`${week} +awaiting-approval: `));
    assert.match(err, /the backfill goes on when that is settled/);
    const other = await almanac('backfill', 'run', property, '--from', '2026-03-02', '--to', '2026-03-08');
    assert.equal(other.code, 1, other.out);
    assert.match(other.err, /^[^\n]*runs already, as "run --which missing --order oldest --weeks": wait for its end, or cancel it: npx almanac backfill run \S+ --from 2026-03-02 --to 2026-03-08 --cancel\n$/);
    const cancelled = await almanac('backfill', 'run', property, '--from', '2026-03-02', '--to', '2026-03-08', '--cancel');
    assert.deepEqual([cancelled.code, cancelled.out], [0, 'cancelled; days that are done stay done, and running it again goes on. Looks at days and a week that are under way go on to their end, as workflows of their own\n']);
    const help = await almanac('backfill', 'run', '--help');
    assert.match(help.out.replace(/\s+/g, ' '), /--cancel end the backfill of this range: days that are done stay done, looks that are under way go on/);
  });

  test('week run follows the week until a person is needed, and approve until it serves', async () => {
    const run = await almanac('week', 'run', property, week);
    assert.equal(run.code, 5, run.err);
    assert.match(run.out, / {2}days +done +63 days, [\d,]+ events/);
    assert.match(run.out, / {2}train +done /);
    assert.match(run.out, /awaiting-approval/);
    assert.equal((await almanac('week', 'status', property, week, '--exit-code')).code, 5);
    assert.equal((await almanac('status', '--exit-code')).code, 5);
    const approved = await almanac('week', 'approve', property, week, '--reason', 'looked at the card', '--by', 'ann');
    assert.equal(approved.code, 0, approved.err);
    assert.match(approved.out, /approved by ann; revision 1 serves the decision/);
    assert.match(approved.out, new RegExp(`scored +http://127\\.0\\.0\\.1:\\d+/${property}/${week}`));
    assert.equal((await almanac('week', 'status', property, week, '--exit-code')).code, 0);
  });

  test('week rerun builds and follows the next revision; the same request id is one wish', async () => {
    const { code, out, err } = await almanac('week', 'rerun', property, week, '--from', 'publish', '--request-id', 'again');
    assert.equal(code, 0, err);
    assert.match(out, /^revision 2 of 2026-W10 from publish on\n/);
    const { live, stages } = await json<WeekStatus>(0, 'week', 'status', property, week);
    assert.equal(live?.revision, 2);
    assert.match(stages.find(({ stage }) => stage === 'train')!.figures, /; as revision 1 left it$/);
    assert.equal((await json<{ revision: number }>(0, 'week', 'rerun', property, week, '--from', 'publish', '--request-id', 'again', '--no-wait')).revision, 2);
  });

  test('week changes counts everybody by kind before and after, and lists nobody when nobody changed', async () => {
    const { last } = await json<WeekStatus>(0, 'week', 'status', property, week);
    const changes = await json<ListedChanges>(0, 'week', 'changes', property, week);
    assert.deepEqual(changes, { property, week, previous: 1, revision: 2, kind: 0, decile: 0, notListed: 0, people: [], moves: Object.fromEntries([1, 2, 3, 4].map((kind) => [`${kind}→${kind}`, last?.kinds[kind - 1]])) });
    assert.match((await almanac('week', 'changes', property, week)).out, /^revision 2 against 1: 0 changed kind, 0 changed decile\n +to kind 1 +to kind 2 +to kind 3 +to kind 4 +to nowhere\nfrom kind 1 +\d+ +0 +0 +0 +0\n/);
  });

  test('a new key works beside the old one, until the old one is revoked', async () => {
    const old = (await almanac('key', 'show', property, week)).out.trim();
    const { keyId } = await json<{ keyId: string }>(0, 'key', 'rotate', property, week);
    const fresh = (await almanac('key', 'show', property, week)).out.trim();
    assert.notEqual(fresh, old);
    assert.ok(fresh.startsWith(`almanac_${keyId}_`));
    assert.deepEqual([await status(old), await status(fresh)], [200, 200]);
    const oldId = old.split('_')[1]!; // almanac_<id>_<secret>
    assert.deepEqual((await json<{ revoked: string[] }>(0, 'key', 'revoke', property, week, '--key-id', oldId, '--reason', 'leaked')).revoked, [oldId]);
    await eventually(async () => (await status(old)) === 401, 30_000, '401 for the revoked key');
    assert.equal(await status(fresh), 200);
  });

  test('a cohort is started, waited for and read', async () => {
    const done = await json<{ state: string; scored: number }>(0, 'cohort', 'start', property, 'regulars', '--active-within-days', '30', '--minimum-events', '3', '--as-of', '2026-03-09', '--week', week, '--wait');
    assert.equal(done.state, 'done');
    assert.ok(done.scored > 0);
    const scores = await almanac('cohort', 'scores', property, 'regulars');
    assert.equal(scores.out.trim().split('\n').length, done.scored + 1, 'a heading and a line a person');
    assert.equal((await almanac('cohort', 'status', property, 'regulars', '--exit-code')).code, 0);
    const one = scores.out.trim().split('\n')[1]!.split(',')[0]!; // a heading, then somebody
    const list = join(folder, '..', 'one.txt');
    writeFileSync(list, `${one}\n`);
    await json(0, 'cohort', 'start', property, 'regulars', '--list', list, '--as-of', '2026-03-09', '--week', week, '--wait');
    assert.deepEqual((await almanac('cohort', 'scores', property, 'regulars')).out.trim().split('\n').slice(1).map((line) => line.split(',')[0]), [one], 'nobody of the earlier cohort of this name is left');
  });

  test('scores are exported whole, to a file that appears when it is', async () => {
    const { live } = await json<WeekStatus>(0, 'week', 'status', property, week);
    const file = join(folder, '..', 'scores.csv'); // its name says the format
    assert.equal((await json<{ people: number }>(0, 'scores', 'export', property, week, '--out', file)).people, live?.scored);
    const [heading, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
    assert.equal(heading, 'user,prediction,decile');
    assert.equal(lines.length, live?.scored);
  });

  test('reject brings the champion back; retire takes the address down, and the week is still explained', async () => {
    const rejected = await almanac('week', 'reject', property, week, '--reason', 'not trusted', '--by', 'ann');
    assert.equal(rejected.code, 0, rejected.err);
    assert.match(rejected.out, /rejected by person/);
    const key = (await almanac('key', 'show', property, week)).out.trim();
    assert.equal((await almanac('week', 'retire', property, week, '--reason', 'not wanted')).code, 0);
    assert.equal(await status(key), 410);
    const look = await almanac('week', 'status', property, week);
    assert.match(look.out, /retired/);
    assert.match((await almanac('week', 'list', property)).out, /2026-W10 +retired/);
    assert.equal((await almanac('key', 'show', property, week)).code, 3, 'a retired week has no plain key on this machine');
  });
});
