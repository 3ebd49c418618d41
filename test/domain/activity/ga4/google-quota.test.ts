import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { quotaOf, resumesAt, waitFor, type GoogleQuota } from '../../../../src/domain/activity/ga4/google-quota.ts';

const at = (text: string): number => Date.parse(text);
const resumes = (quota: GoogleQuota, now: string): string => new Date(resumesAt(quota, at(now)) ?? Number.NaN).toISOString();

suite('which quota is used up, and until when', () => {
  const said: readonly (readonly [string, GoogleQuota])[] = [
    ['Exhausted concurrent requests quota. Please send fewer requests concurrently. To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas', 'concurrent-requests'],
    ['Exhausted property tokens per hour. These quota tokens will return in under an hour.', 'tokens-per-hour'],
    ['Exhausted property tokens for a project per hour. These quota tokens will return in under an hour.', 'project-share'],
    ['Exhausted property tokens per day. These quota tokens will return in under 24 hours.', 'per-day'],
    ['Exhausted potentially thresholded requests quota. This quota will refresh in under an hour.', 'thresholded-requests'],
    ['Exhausted server errors quota for this project and property. This quota will refresh in under an hour.', 'server-errors'],
    ["Quota exceeded for quota metric 'Core Requests' and limit 'Core Requests Per Minute' of service 'analyticsdata.googleapis.com'", 'requests-per-minute'],
    ["Quota exceeded for quota metric 'Core Requests' and limit 'Core Requests Per Day' of service 'analyticsdata.googleapis.com'", 'per-day'],
    ['Exceeded rate limits: too many concurrent queries for this project_and_region.', 'concurrent-requests'],
    ['Custom quota exceeded: Your usage exceeded the custom quota for QueryUsagePerDay, which is set by your administrator.', 'per-day'],
    ["Insufficient tokens for quota 'AnalyticsDefaultGroup' and limit 'CLIENT_PROJECT-1d' of service", 'per-day'],
    ['Resource has been exhausted (e.g. check quota).', 'unknown'],
  ];
  for (const [message, quota] of said) {
    test(`"${message.slice(0, 60)}…" is ${quota}`, () => assert.equal(quotaOf({ reason: 'RESOURCE_EXHAUSTED', message }), quota));
  }

  test('concurrent requests are free again in seconds, a minute at the minute, hours at the full hour', () => {
    assert.equal(resumes('concurrent-requests', '2026-11-22T10:20:30.500Z'), '2026-11-22T10:20:35.500Z');
    assert.equal(resumes('requests-per-minute', '2026-11-22T10:20:30Z'), '2026-11-22T10:21:05.000Z');
    for (const quota of ['tokens-per-hour', 'project-share', 'thresholded-requests', 'server-errors'] as const) {
      assert.equal(resumes(quota, '2026-11-22T10:20:30Z'), '2026-11-22T11:00:05.000Z');
      assert.equal(resumes(quota, '2026-11-22T11:00:00Z'), '2026-11-22T12:00:05.000Z', 'the hour that begins now is the one that is used up');
    }
  });

  test('a day ends at midnight Pacific, in winter, in summer and where the clock changes', () => {
    assert.equal(resumes('per-day', '2026-01-15T20:00:00Z'), '2026-01-16T08:00:05.000Z');
    assert.equal(resumes('per-day', '2026-01-16T07:59:59Z'), '2026-01-16T08:00:05.000Z');
    assert.equal(resumes('per-day', '2026-07-15T20:00:00Z'), '2026-07-16T07:00:05.000Z');
    assert.equal(resumes('per-day', '2026-03-08T08:30:00Z'), '2026-03-09T07:00:05.000Z', 'a day of 23 hours');
    assert.equal(resumes('per-day', '2026-11-01T07:30:00Z'), '2026-11-02T08:00:05.000Z', 'a day of 25 hours');
  });

  test('Retry-After makes a wait longer and never shorter, and no wait is longer than a day', () => {
    const now = at('2026-11-22T10:59:00Z');
    assert.equal(waitFor('tokens-per-hour', now, 10_000), 65_000);
    assert.equal(waitFor('tokens-per-hour', now, 600_000), 600_000);
    assert.equal(waitFor('concurrent-requests', now, 7000), 7000);
    assert.equal(waitFor('unknown', now, 7000), 7000);
    assert.equal(waitFor('unknown', now), undefined);
    assert.equal(waitFor('unknown', now, 1e12), 25 * 3_600_000);
  });
});
