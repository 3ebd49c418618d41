import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commandLine } from '../command-line.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { lookAtWeek, lookText, statusText } from '../../src/main/cli/week-look.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';

/** A week whose check fails stops before training, and goes on when somebody says why; on real parts. */
const folder = join(mkdtempSync(join(tmpdir(), 'almanac-shop-')), 'days');
const WEEK = '2026-W11';
const NEXT_WEEK = '2026-W12';
const LAST_DAY = '2026-03-22';
let stack: TestStack;
let property: string;

before(async () => {
  writeSmallShop(folder);
  // Nobody has so many rows of either kind; an event that is expected and never comes is shown, and stops nothing.
  const checks = { lowVolumeShare: 0, oneClass: { warn: 1_000_000, fail: 1_000_000 }, expectedEvents: ['subscription'], missingEvents: { warn: 0, fail: 1 } };
  stack = await startTestStack({ properties: { small: smallShopProperty(folder, { checks }) } });
  property = stack.named('small');
  await (await stack.almanac.backfills.start({ property, from: SMALL_SHOP.firstDay, to: LAST_DAY, which: 'missing', order: 'oldest', weeks: false })).result();
});
after(() => stack.stop());

const once = (phase: string, week = WEEK) => eventually(async () => {
  const status = await stack.almanac.weeks.status(property, week);
  return status?.phase === phase && status;
}, 180_000, `${week} is ${phase}`);

test('a check that fails stops before training and keeps its verdict', async () => {
  await stack.almanac.weeks.run(property, WEEK);
  const { sentence, stages, live } = await once('failed');
  assert.match(sentence, new RegExp(`^revision 1 failed: week ${WEEK} of ${property} stops before training: one-class: \\d+ of the \\d+ rows that train are of people who churned \\(at least 1000000 of either kind wanted\\)\\. What was live stays up\\. .*npx almanac week rerun ${property} ${WEEK} --from train --override "…"$`));
  assert.deepEqual([stages.map(({ stage, state }) => `${stage} ${state}`), live], [['days done', 'extract done', 'train failed'], null]);
  const kept = await stack.stores.releaseStore.readStages(property, WEEK);
  assert.deepEqual(kept.map(({ stage }) => stage).sort(), ['checks', 'extract']);
  assert.match(kept.find(({ stage }) => stage === 'checks')?.result ?? '', /"check":"one-class","level":"fail"/);
});

test('an override with a reason builds it; the reason is in the status, the release and the audit', async () => {
  await stack.almanac.weeks.rerun(property, WEEK, { from: 'train', requestId: 'because', overrideChecks: { reason: 'a shop of this size', by: 'ada' } });
  const status = await once('serving');
  const line = /^ {2}overridden by ada: check one-class \(.*\): a shop of this size$/m;
  assert.match(statusText(status), line);
  assert.match(statusText(status), /^ {2}warning missing-feature: negative_share is 0 for 100 % of the /m);
  const { releaseStore } = stack.stores;
  const [record] = await releaseStore.listWeeks(property);
  assert.deepEqual(record?.release?.overrides?.map(({ reason, by }) => [reason, by]), [['a shop of this size', 'ada']]);
  assert.match(lookText(property, await lookAtWeek(releaseStore, property, record!, () => 'http://endpoint')), line); // listed just now
  const audit = await releaseStore.readAudit(property, 20);
  assert.ok(audit.some(({ action, subject, reason, actor }) => action === 'override-checks' && subject === `${WEEK}.2` && reason === 'a shop of this size' && actor === 'ada'));
});

test('a later revision that trains nothing needs no reason again, and keeps the one that was given', async () => {
  await stack.almanac.weeks.rerun(property, WEEK, { from: 'score', requestId: 'score' });
  const release = await eventually(async () => {
    const [record] = await stack.stores.releaseStore.listWeeks(property);
    return record?.release?.revision === 3 && record.release;
  }, 120_000, 'revision 3');
  assert.deepEqual(release.overrides?.map(({ reason }) => reason), ['a shop of this size']);
});

test('the next week knows what the release before was like: what always was uniform no longer warns', async () => {
  await stack.almanac.weeks.run(property, NEXT_WEEK);
  await once('failed', NEXT_WEEK);
  const kept = (await stack.stores.releaseStore.readStages(property, NEXT_WEEK)).find(({ stage }) => stage === 'checks');
  assert.match(kept?.result ?? '', /"check":"missing-feature","level":"ok"/);
  assert.equal((await once('serving')).live?.revision, 3, 'the week before stays up');
});

test('what a check of days noticed is kept with the day and shown in the status', async () => {
  const manifest = await stack.stores.activityStore.readManifest({ property, day: LAST_DAY, generation: 1 });
  assert.deepEqual([manifest?.state, manifest?.checks.find(({ check }) => check === 'missing-events')?.level], ['final', 'warn']);
  const { out } = await commandLine(() => stack.env).almanac('status', property);
  assert.match(out, new RegExp(`^ {2}warning ${LAST_DAY}: missing-events: no event is named "subscription"`, 'm'));
});

test('metrics count what warns and fails', async () => {
  const text = await (await fetch(`http://127.0.0.1:${stack.config.worker.metricsPort}/metrics`)).text();
  for (const [check, level, count] of [['one-class', 'fail', 2], ['missing-feature', 'warn', 1], ['missing-events', 'warn', 21]]) assert.match(text, new RegExp(`^almanac_checks\\{property="${property}",check="${check}",level="${level}"\\} ${count}$`, 'm'));
});
