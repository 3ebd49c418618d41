import assert from 'node:assert/strict';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { weekId } from '../../src/domain/release/ids.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { schedulesOf, type ScheduleLine } from '../../src/schedules.ts';
import { guardedSite, type GuardedSite } from '../google/guarded-site.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { WeekStatus } from '../../src/domain/release/week-status.ts';

const MARK = 'MARKED-PERSON-';
const A_KEY = /almanac_k[0-9a-z]{12}_[0-9A-Za-z]{20,}/;
const BAD_DAY = '2026-01-06';
const PROPERTIES = ['small', 'starved', 'broken', 'site', 'reports'];
/** Of Google Analytics: two that are right, one of bad rows. */
const SITE_DAYS = ['2026-01-05', '2026-01-06', '2026-01-07'] as const;

/** People with marked ids walk every way through Almanac; afterwards whatever others may read is searched for them. */
suite('nothing that is shown, logged or kept in a history names a person', () => {
  const shop = mkdtempSync(join(tmpdir(), 'almanac-marked-'));
  const days = join(shop, 'days');
  const bad = join(shop, 'bad');
  let stack: TestStack;
  let google: GuardedSite;

  before(async () => {
    writeSmallShop(days, { mark: MARK });
    mkdirSync(bad);
    const broken = [`${MARK}1,yesterday,1.00,${MARK}1`, `${MARK}2,${BAD_DAY} 10:00:00,${MARK}2,o`, `${MARK}3,${BAD_DAY} 10:00:00`, `${MARK}4,${BAD_DAY} 10:00:00,1.00,o4`];
    writeFileSync(join(bad, `${BAD_DAY}.csv`), `who,when,worth,order\n${broken.join('\n')}\n`);
    const badSource = { ...(smallShopProperty(bad).source as object), file: '{day}.csv' };
    google = await guardedSite({ keyFile: join(shop, 'key.json'), mark: MARK, days: SITE_DAYS });
    stack = await startTestStack({
      properties: {
        small: smallShopProperty(days),
        starved: smallShopProperty(days, { training: { evaluationSnapshots: 4, dense: false, memoryMb: 256 } }),
        broken: smallShopProperty(bad, { source: badSource, calendar: { firstDay: BAD_DAY, lastDay: BAD_DAY } }),
        site: { ...google.exported },
        reports: { ...google.reported },
      },
    });
    await apply(schedulesOf(stack.config));
  });
  after(async () => {
    await apply([]);
    await stack.stop();
    await google.dispose();
    rmSync(shop, { recursive: true, force: true });
  });

  const apply = (lines: readonly ScheduleLine[]) => applySchedules({ client: stack.client, lines, taskQueue: stack.config.temporal.taskQueue });
  const load = async (property: string, from: string = SMALL_SHOP.firstDay, to: string = SMALL_SHOP.lastDay) =>
    (await stack.almanac.backfills.start({ property, from, to, which: 'missing', order: 'oldest', weeks: false })).result();
  const once = (property: string, week: string, wanted: (status: WeekStatus) => boolean) => eventually(async () => {
    const status = await stack.almanac.weeks.status(property, week);
    return status && wanted(status) && status;
  }, 180_000, `${week} of ${property} as wanted`);
  const cancelled = async (property: string, week: string): Promise<void> => {
    const handle = stack.client.workflow.getHandle(weekId(property, week));
    await handle.cancel();
    await assert.rejects(handle.result(), ({ cause }: Error) => cause instanceof Error && cause.name === 'CancelledFailure');
  };

  test('a week that succeeds, and is built again', async () => {
    const small = stack.named('small');
    assert.deepEqual((await load(small)).failed, []);
    await stack.almanac.weeks.run(small, '2026-W11');
    const { phase, sentence } = await once(small, '2026-W11', (status) => ['serving', 'failed'].includes(status.phase));
    assert.equal(phase, 'serving', sentence);
    await stack.almanac.weeks.rerun(small, '2026-W11', { from: 'accept', requestId: 'again' });
    await once(small, '2026-W11', ({ live }) => live?.revision === 2);
  });

  test('a week that is cancelled while its model is trained', async () => {
    const small = stack.named('small');
    await stack.almanac.weeks.run(small, '2026-W12');
    await once(small, '2026-W12', ({ stages }) => stages.some(({ stage, state }) => stage === 'train' && state === 'running'));
    await cancelled(small, '2026-W12');
  });

  test('a week whose training fails', async () => {
    const starved = stack.named('starved');
    await load(starved);
    await stack.almanac.weeks.run(starved, '2026-W11');
    const { sentence } = await once(starved, '2026-W11', ({ phase }) => phase === 'failed' || phase === 'serving');
    assert.match(sentence, /revision 1 failed: training .* out-of-memory/);
  });

  test('a day of bad rows, and the week that waits for it and is cancelled', async () => {
    const broken = stack.named('broken');
    assert.deepEqual((await load(broken, BAD_DAY, BAD_DAY)).failed.map(({ day, state }) => [day, state]), [[BAD_DAY, 'bad-rows']]);
    await stack.almanac.weeks.run(broken, '2026-W02');
    const { sentence } = await once(broken, '2026-W02', ({ phase, stages }) => phase === 'waiting' && stages.length > 0);
    assert.match(sentence, /bad-rows/);
    await cancelled(broken, '2026-W02');
  });

  test('days of Google Analytics by a key file, after answers that break off and refusals that name somebody', async () => {
    const site = stack.named('site');
    const [first, second, bad] = SITE_DAYS;
    const named = `User ${MARK}who@example.com does not have sufficient permissions`;
    google.google.faults.next('jobs.getQueryResults', { kind: 'half-json' });
    google.google.faults.next('jobs.insert', { kind: 'status', status: 503, reason: 'backendError', message: named });
    google.api.faults.next('runReport', { kind: 'status', status: 403, reason: 'PERMISSION_DENIED', message: named });
    assert.deepEqual((await load(site, first, bad)).failed.map(({ day, state }) => [day, state]), [[bad, 'bad-rows']]);
    const compared = await eventually(async () => {
      const list = await stack.stores.reconciliations.list(site, first, bad);
      return list.length === 2 && list;
    }, 60_000, 'both days compared');
    assert.deepEqual(compared.map(({ verdict }) => verdict).sort(), ['agrees', 'not-compared']);
    assert.deepEqual((await load(stack.named('reports'), first, second)).failed, []);
    assert.ok(google.google.tokens.issued.length >= 3, 'a token for the export and one for each reader of reports');
  });

  test('and a day whose key is none any more', async () => {
    google.withdraw();
    const { failed } = await load(stack.named('reports'), SITE_DAYS[2], SITE_DAYS[2]);
    assert.match(failed[0]?.sentence ?? '', /Google refused .*the credentials of the source .*still exist and are valid/);
  });

  test('a cohort by list', async () => {
    const people = [...Array.from({ length: 30 }, (_, person) => `${MARK}${person}`), `${MARK}nobody`];
    await stack.almanac.cohorts.start({ property: stack.named('small'), cohort: 'listed', people, asOf: '2026-03-16', week: '2026-W11' });
    const result = await stack.almanac.cohorts.result(stack.named('small'), 'listed');
    assert.equal(result.people, 31);
    assert.ok(result.scored > 0 && result.unknown > 0, result.sentence);
  });

  test('requests for people, with the right key, a wrong one, a broken one, and for nobody', async () => {
    const small = stack.named('small');
    const key = await stack.stores.keyVault.read(`${small}/2026-W11`);
    assert.match(key ?? '', A_KEY);
    const ask = async (path: string, authorization = `Bearer ${key}`): Promise<[number, string]> => {
      const response = await fetch(`http://127.0.0.1:${stack.config.endpoint.port}/${small}/2026-W11/v1/${path}`, { headers: { authorization } });
      return [response.status, await response.text()];
    };
    const [, page] = await ask('predictions?limit=3');
    assert.ok(page.includes(MARK), 'whoever has the key reads the ids');
    const { user } = (JSON.parse(page) as { predictions: { user: string }[] }).predictions[0]!;
    assert.equal((await ask(`predictions/${user}`))[0], 200);
    assert.equal((await ask(`predictions/${MARK}nobody`))[0], 404);
    assert.equal((await ask(`predictions/${user}`, `Bearer ${key}x`))[0], 401);
    assert.equal((await ask(`predictions/${user}`, `Basic ${key}`))[0], 401);
    assert.equal((await ask(`people/${user}`))[0], 404);
    assert.equal((await ask(`predictions?limit=${user}`))[0], 400);
    assert.equal((await ask(`predictions?cursor=${user}`))[0], 400);
  });

  test('no history, memo, search attribute, schedule, log or metric holds a mark, a key, or what opens Google', async () => {
    const texts = new Map<string, string>([...await histories(stack), ...await schedules(stack), ...logs(stack), ...await metrics(stack)]);
    const kinds = new Set([...texts.keys()].map((name) => name.split(' ')[0]));
    assert.deepEqual([...kinds].sort(), ['history', 'listed', 'log', 'metrics', 'schedule']);
    for (const type of ['backfill', 'cohort', 'ingest', 'reconcile', 'revision', 'week']) assert.ok([...texts.keys()].some((name) => name.startsWith(`history ${type}/`) || (type === 'revision' && /^history week\/.*\/r\d/.test(name))), `a history of ${type} was searched`);
    const inPayload = texts.get([...texts.keys()].find((name) => name.startsWith('history cohort/')) ?? '') ?? '';
    assert.ok(inPayload.includes('"cohort":"listed"'), 'the search sees what payloads hold');
    assert.ok([...texts].some(([name, text]) => name.endsWith('endpoint.log') && /"status(Code)?":404/.test(text)), 'the endpoint has written its audit lines');
    assert.ok([...texts].some(([name, text]) => name.startsWith('history reconcile/') && text.includes('403 PERMISSION_DENIED')), 'what Google refused is told');
    const holders = [...texts].filter(([, text]) => text.includes(MARK) || A_KEY.test(text)).map(([name, text]) => `${name}: …${excerpt(text)}…`);
    assert.deepEqual(holders, []);
    for (const secret of google.secrets()) assert.deepEqual([...texts].filter(([, text]) => text.includes(secret)).map(([name]) => name), []);
  });
});

/** Every history of the stack's properties with its payloads opened, and what lists show beside it. */
async function histories({ client, named }: TestStack): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const properties = PROPERTIES.map((property) => `'${named(property)}'`).join(', ');
  for await (const run of client.workflow.list({ query: `Property IN (${properties})` })) {
    const json = JSON.parse(historyToJSON(await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory())) as unknown;
    texts.set(`history ${run.workflowId} ${run.runId}`, opened(json));
    texts.set(`listed ${run.workflowId} ${run.runId}`, opened(JSON.parse(JSON.stringify({ ...run, raw: run.raw }, plain))));
  }
  return texts;
}

async function schedules({ client, config }: TestStack): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const { id } of schedulesOf(config)) {
    const { raw } = await client.schedule.getHandle(id).describe();
    texts.set(`schedule ${id}`, opened(JSON.parse(JSON.stringify(raw, plain))));
  }
  return texts;
}

function logs({ home }: TestStack): Map<string, string> {
  return new Map(globSync(['logs/**/*', 'jobs/**/*.txt', 'jobs/**/*.json'], { cwd: home }).filter((file) => /\.\w+$/.test(file)).map((file) => [`log ${file}`, readFileSync(join(home, file), 'utf8')]));
}

async function metrics({ config }: TestStack): Promise<[string, string][]> {
  const scrape = async (name: string, port: number): Promise<[string, string]> => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    assert.equal(response.status, 200, `metrics of the ${name}`);
    return [`metrics ${name}`, await response.text()];
  };
  return Promise.all([scrape('worker', config.worker.metricsPort), scrape('endpoint', config.endpoint.port)]);
}

/** As text, with every payload (bytes as base64 under `data`) beside what it holds. */
function opened(json: unknown): string {
  const payloads: string[] = [];
  const walk = (value: unknown, name = ''): void => {
    if (typeof value === 'string' && name === 'data') payloads.push(Buffer.from(value, 'base64').toString('utf8'));
    else if (Array.isArray(value)) for (const item of value) walk(item);
    else if (typeof value === 'object' && value !== null) for (const [field, inner] of Object.entries(value)) walk(inner, field);
  };
  walk(json);
  return `${JSON.stringify(json)}\n${payloads.join('\n')}`;
}

/** Bytes as the JSON of histories writes them. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  const bytes = value as { type?: string; data?: number[] } | null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return bytes?.type === 'Buffer' && Array.isArray(bytes.data) ? Buffer.from(bytes.data).toString('base64') : value;
}

function excerpt(text: string): string {
  const at = text.includes(MARK) ? text.indexOf(MARK) : text.search(A_KEY);
  return text.slice(Math.max(0, at - 120), at + 60);
}
