import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { leaseMs, mostServerErrors } from '../../src/domain/activity/ga4/request-budget.ts';
import { createRequestBudget, requestBudgetTables } from '../../src/stores/cassandra/request-budget.ts';
import { testCassandra } from '../world.ts';
import type { Cassandra } from '../../src/stores/cassandra/connection.ts';
import type { RequestBudget } from '../../src/ports/request-budget.ts';

const plugs = [{
  name: 'cassandra',
  async open(): Promise<{ budget: RequestBudget; another(wrap?: (cassandra: Cassandra) => Cassandra): RequestBudget; dispose: () => Promise<void> }> {
    const { cassandra, dispose } = await testCassandra(requestBudgetTables);
    return { budget: createRequestBudget(cassandra), another: (wrap = (same) => same) => createRequestBudget(wrap(cassandra)), dispose };
  },
}];

const now = Date.parse('2026-11-22T10:20:30Z');
const fullHour = Date.parse('2026-11-22T11:00:05Z');
const ask = (lease: string, nowMs = now, concurrentRequests = 3) => ({ lease, nowMs, concurrentRequests });

for (const plug of plugs) {
  suite(`request budget: ${plug.name}`, () => {
    let under: Awaited<ReturnType<typeof plug.open>>;
    before(async () => { under = await plug.open(); });
    after(() => under.dispose());

    test('a budget that nobody asked for is not there; leave is given, held once, and given back', async () => {
      const { budget } = under;
      assert.equal(await budget.read('p'), null);
      const first = await budget.take('p', ask('a'));
      assert.deepEqual(first, { isGranted: true, lapsesAtMs: now + leaseMs });
      assert.deepEqual(await budget.take('p', ask('a', now + 5)), first, 'asking twice holds one place');
      assert.deepEqual(Object.keys((await budget.read('p'))?.leases ?? {}), ['a']);
      await budget.settle('p', { lease: 'a', askedAtMs: now, nowMs: now, quota: { hourTokens: 500, dayTokens: 900, taken: 12, serverErrorsLeft: 10 } });
      const state = await budget.read('p');
      assert.deepEqual([state?.leases, state?.hourTokens, state?.dayTokens, state?.requestTokens], [{}, 500, 900, 12]);
    });

    test('what one worker hears holds for all: no tokens, a parked property, and another property beside it', async () => {
      const other = under.another();
      await under.budget.take('q', ask('a'));
      await under.budget.settle('q', { lease: 'a', askedAtMs: now, nowMs: now, refusal: { quota: 'project-share', untilMs: fullHour } });
      assert.deepEqual(await other.take('q', ask('b')), { isGranted: false, because: 'project-share', untilMs: fullHour });
      assert.ok((await other.take('r', ask('b'))).isGranted);
      assert.ok((await other.take('q', ask('b', fullHour))).isGranted);
    });

    test('a race of many workers: never more under way than allowed, every error counted once, none above nine', async () => {
      const workers = Array.from({ length: 4 }, () => under.another());
      let [underWay, most, sent] = [0, 0, 0];
      await Promise.all(workers.map(async (worker, at) => {
        for (let round = 0; round < 6; round += 1) {
          const lease = `${at}.${round}`;
          if (!(await worker.take('race', ask(lease, now, 2))).isGranted) continue;
          underWay += 1;
          sent += 1;
          most = Math.max(most, underWay);
          await sleep(5);
          underWay -= 1;
          await worker.settle('race', { lease, askedAtMs: now, nowMs: now, isServerError: true });
        }
      }));
      const state = await under.budget.read('race');
      assert.ok(most <= 2);
      assert.equal(state?.serverErrors, sent);
      assert.ok(sent <= mostServerErrors, `${sent} were sent`);
      assert.deepEqual(state?.leases, {});
    });

    test('a place of a worker that died is free when its leave lapses', async () => {
      await under.budget.take('dead', ask('a', now, 1));
      assert.ok(!(await under.budget.take('dead', ask('b', now + leaseMs - 1, 1))).isGranted);
      assert.ok((await under.budget.take('dead', ask('b', now + leaseMs, 1))).isGranted);
    });

    test('a write whose outcome nobody told is read again: one place, one error', async () => {
      // Written, and the answer lost: what a time-out of a conditional write looks like.
      const losing = under.another((cassandra) => ({
        ...cassandra,
        async conditional(query, params) {
          const outcome = await cassandra.conditional(query, params);
          return outcome === 'applied' ? 'unknown' : outcome;
        },
      }));
      assert.ok((await losing.take('lost', ask('a'))).isGranted);
      assert.deepEqual(Object.keys((await under.budget.read('lost'))?.leases ?? {}), ['a']);
      await losing.settle('lost', { lease: 'a', askedAtMs: now, nowMs: now, isServerError: true });
      await losing.take('lost', ask('b'));
      await losing.settle('lost', { lease: 'b', askedAtMs: now, nowMs: now, isServerError: true });
      const state = await under.budget.read('lost');
      assert.deepEqual([state?.leases, state?.serverErrors], [{}, 2]);
    });
  });
}
