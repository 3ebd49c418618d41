import { pointerRevision } from './release-rows.ts';
import type { Week } from '../../domain/calendar/week.ts';
import type { ReleaseStore } from '../../ports/release-store.ts';
import type { Cassandra } from './connection.ts';

type Notes = Pick<ReleaseStore, 'markStale' | 'clearStale' | 'listStale' | 'writeVerdict' | 'readVerdict'>;

/** What is noted beside a week or a release and decides nothing about serving: plain writes to columns of their own. */
export function createReleaseNotes(cassandra: Cassandra): Notes {
  return {
    async markStale(property, week, reason) {
      await cassandra.execute('UPDATE releases SET stale = ?, stale_at = toTimestamp(now()) WHERE property = ? AND week = ? AND revision = ?', [reason, property, week, pointerRevision]);
    },
    async clearStale(property, week) {
      await cassandra.execute('DELETE stale, stale_at FROM releases WHERE property = ? AND week = ? AND revision = ?', [property, week, pointerRevision]);
    },
    async listStale(property) {
      const stale: { week: Week; reason: string }[] = [];
      for await (const rows of cassandra.pages('SELECT week, revision, stale FROM releases WHERE property = ?', [property], { pageRows: 1000 })) {
        stale.push(...rows.filter((row) => row.revision === pointerRevision && row.stale !== null).map((row) => ({ week: row.week as Week, reason: row.stale as string })));
      }
      return stale;
    },
    async writeVerdict({ property, week, revision, report }) {
      await cassandra.execute('UPDATE releases SET verdict = ? WHERE property = ? AND week = ? AND revision = ?', [report, property, week, revision]);
    },
    async readVerdict({ property, week, revision }) {
      const row = (await cassandra.execute('SELECT verdict FROM releases WHERE property = ? AND week = ? AND revision = ?', [property, week, revision])).first();
      return (row?.verdict as string | null | undefined) ?? null;
    },
  };
}
