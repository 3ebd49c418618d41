import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pinDays } from '../../activities/week/pin-days.ts';
import { daysFromTo } from '../../src/domain/calendar/day.ts';
import type { Plugs } from '../../activities/plugs.ts';
import type { AuditEntry } from '../../src/ports/release-store.ts';

const [property, week, firstDay, lastDay] = ['site', '2026-W10', '2026-03-02', '2026-03-08'];

/** A week of seven days, some of which were waived for a reason; what the audit has of that, the newest first. */
async function pinned(reasons: Readonly<Record<string, string>>, audit: readonly Pick<AuditEntry, 'action' | 'subject' | 'reason' | 'actor'>[]) {
  let asked = 0;
  const plugs = {
    settingsOf: () => ({ shards: 4, calendar: { firstDay }, approval: 'auto', finality: 'final' }),
    activityStore: { readDays: async () => daysFromTo(firstDay, lastDay).map((day) => ({ day, state: day in reasons ? 'waived' : 'final', generation: 1, rows: 10, quarantined: 0, reason: reasons[day] ?? null })) },
    artifacts: { put: async (name: string) => ({ name, sha256: '', bytes: 1 }) },
    releaseStore: { readAudit: async () => (asked++, audit) },
  } as unknown as Plugs;
  const { waived } = await pinDays(plugs)({ property, week, revision: 1 });
  return { waived, asked };
}

suite('waived days that a release is built over', () => {
  const flooded = { action: 'waive-day', subject: '2026-03-04', reason: 'the shop was flooded', actor: 'ann' };

  test('are kept with who decided, as the audit has it', async () => {
    const { waived } = await pinned({ '2026-03-04': flooded.reason, '2026-03-06': 'a holiday' }, [{ ...flooded, subject: '2026-03-06', reason: 'a holiday', actor: 'bob' }, { ...flooded, action: 'retire', actor: 'eve' }, flooded]);
    assert.deepEqual(waived, [{ what: 'day 2026-03-06', reason: 'a holiday', by: 'bob' }, { what: 'day 2026-03-04', reason: flooded.reason, by: 'ann' }]);
  });

  test('have nobody where the audit knows of another reason or none', async () => {
    const { waived } = await pinned({ '2026-03-04': 'stock-taking', '2026-03-05': flooded.reason }, [flooded]);
    assert.deepEqual(waived?.map(({ what, by }) => [what, by]), [['day 2026-03-05', null], ['day 2026-03-04', null]]);
  });

  test('are asked for in the audit only where there are some', async () => {
    assert.deepEqual(await pinned({}, []), { waived: undefined, asked: 0 });
  });
});
