import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { freshBudget, grantLeave, leaseMs, mostServerErrors, settleRequest, waitOf, type BudgetState, type Grant, type RequestReport } from '../../../../src/domain/activity/ga4/request-budget.ts';

const now = Date.parse('2026-11-22T10:20:30Z');
const fullHour = Date.parse('2026-11-22T11:00:05Z');
const quota = (changes: Partial<NonNullable<RequestReport['quota']>> = {}) => ({ hourTokens: 10_000, dayTokens: 100_000, taken: 10, serverErrorsLeft: 10, ...changes });
const take = (state: BudgetState, lease: string, nowMs = now, concurrentRequests = 3) => grantLeave(state, { lease, nowMs, concurrentRequests });
const settled = (state: BudgetState, report: Partial<RequestReport> = {}, nowMs = now): BudgetState => settleRequest(take(state, 'x', nowMs).state, { lease: 'x', askedAtMs: nowMs, nowMs, ...report });
const refusal = (grant: Grant) => (grant.isGranted ? null : { because: grant.because, untilMs: grant.untilMs });

suite('the budget of a property', () => {
  test('as many requests at once as are allowed; a place is free when a request ends or its leave lapses', () => {
    let state = freshBudget;
    for (const lease of ['a', 'b', 'c']) ({ state } = take(state, lease));
    assert.deepEqual(refusal(take(state, 'd').grant), { because: 'concurrent-requests', untilMs: now + 1000 });
    assert.ok(take(settleRequest(state, { lease: 'a', askedAtMs: now, nowMs: now }), 'd').grant.isGranted);
    assert.ok(!take(state, 'd', now + leaseMs - 1).grant.isGranted);
    assert.ok(take(state, 'd', now + leaseMs).grant.isGranted);
  });

  test('without tokens of the hour or the day nobody asks until there are some; the requests under way are counted', () => {
    assert.deepEqual(refusal(take(settled(freshBudget, { quota: quota({ hourTokens: 9 }) }), 'a').grant), { because: 'tokens-per-hour', untilMs: fullHour });
    assert.deepEqual(refusal(take(settled(freshBudget, { quota: quota({ dayTokens: 9 }) }), 'a').grant), { because: 'per-day', untilMs: Date.parse('2026-11-23T08:00:05Z') });
    const { grant, state } = take(settled(freshBudget, { quota: quota({ hourTokens: 150, taken: 100 }) }), 'a');
    assert.ok(grant.isGranted);
    assert.deepEqual(refusal(take(state, 'b').grant), { because: 'tokens-per-hour', untilMs: now + 1000 }, 'the one under way may take less');
    assert.ok(take(state, 'b', fullHour).grant.isGranted, 'a new hour, new tokens');
  });

  test('answers may overtake one another, and one of the hour before says nothing of this one', () => {
    const low = settled(settled(freshBudget, { quota: quota({ hourTokens: 50 }) }), { quota: quota({ hourTokens: 90 }) });
    assert.equal(low.hourTokens, 50);
    const late = settleRequest(take(freshBudget, 'x', now).state, { lease: 'x', askedAtMs: now, nowMs: fullHour, quota: quota({ hourTokens: 0, serverErrorsLeft: 0 }) });
    assert.deepEqual([late.hourTokens, late.serverErrors], [null, 0]);
  });

  test('nine server errors park the property to the full hour; the tenth would lock it', () => {
    let state = freshBudget;
    for (let error = 0; error < mostServerErrors; error += 1) {
      assert.ok(take(state, 'a').grant.isGranted);
      state = settled(state, { isServerError: true });
    }
    assert.deepEqual(refusal(take(state, 'a').grant), { because: 'server-errors', untilMs: fullHour });
    assert.ok(take(state, 'a', fullHour).grant.isGranted);
    assert.deepEqual(refusal(take(settled(freshBudget, { quota: quota({ serverErrorsLeft: 1 }) }), 'a').grant), { because: 'server-errors', untilMs: fullHour }, 'Google counts those of others too');
  });

  test('a refusal parks the property for all; the later end holds', () => {
    let state = settled(freshBudget, { refusal: { quota: 'per-day', untilMs: now + 9000 } });
    state = settleRequest(state, { lease: 'y', askedAtMs: now, nowMs: now, refusal: { quota: 'concurrent-requests', untilMs: now + 5000 } });
    assert.deepEqual(refusal(take(state, 'a').grant), { because: 'per-day', untilMs: now + 9000 });
    assert.ok(take(state, 'a', now + 9000).grant.isGranted);
  });

  test('what the next request waits for is said: a lock, a quota, a refusal, and nothing while requests are only under way', () => {
    assert.equal(waitOf(take(freshBudget, 'a').state, now), null);
    const locked = settled(freshBudget, { quota: quota({ serverErrorsLeft: 1 }) });
    assert.deepEqual(waitOf(take(locked, 'a').state, now), { because: 'server-errors', untilMs: fullHour });
    assert.equal(waitOf(locked, fullHour), null);
    const low = take(settled(freshBudget, { quota: quota({ hourTokens: 15 }) }), 'a').state;
    assert.equal(waitOf(low, now), null, 'the next one has tokens, whatever those under way take');
    assert.deepEqual(waitOf(settled(freshBudget, { quota: quota({ hourTokens: 5 }) }), now), { because: 'tokens-per-hour', untilMs: fullHour });
    assert.deepEqual(waitOf(settled(freshBudget, { refusal: { quota: 'per-day', untilMs: now + 9000 } }), now), { because: 'per-day', untilMs: now + 9000 });
  });

  test('whatever becomes of requests, in any order: never ten server errors in an hour, never more at once than allowed', () => {
    const steps = fc.array(fc.record({ start: fc.boolean(), isServerError: fc.boolean(), pick: fc.nat(20), waitMs: fc.nat(20_000) }), { maxLength: 120 });
    fc.assert(fc.property(steps, fc.integer({ min: 1, max: 20 }), (list, concurrentRequests) => {
      let [state, nowMs] = [freshBudget, now];
      const underWay: { lease: string; askedAtMs: number }[] = [];
      const errors = new Map<number, number>();
      for (const [index, { start, isServerError, pick, waitMs }] of list.entries()) {
        nowMs += waitMs;
        if (start) {
          const lease = `l${index}`;
          const taken = take(state, lease, nowMs, concurrentRequests);
          state = taken.state;
          if (taken.grant.isGranted) underWay.push({ lease, askedAtMs: nowMs });
        } else if (underWay.length > 0) {
          const [request] = underWay.splice(pick % underWay.length, 1);
          if (!request || nowMs - request.askedAtMs >= leaseMs) continue;
          state = settleRequest(state, { ...request, nowMs, isServerError });
          const hour = Math.floor(nowMs / 3_600_000);
          if (isServerError) errors.set(hour, (errors.get(hour) ?? 0) + 1);
        }
        assert.ok(Object.keys(state.leases).length <= concurrentRequests);
      }
      for (const count of errors.values()) assert.ok(count <= mostServerErrors);
    }));
  });
});
