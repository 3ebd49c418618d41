import { settle } from './settle.ts';
import type { AuditEntry, ReleaseStore } from '../../ports/release-store.ts';
import type { Cassandra } from './connection.ts';

const insert = 'INSERT INTO audit (property, id, action, subject, reason, actor, at) VALUES (?, ?, ?, ?, ?, ?, toTimestamp(now())) IF NOT EXISTS';

/** Who did what and why, by property and id. The first write of an id holds, so that a retry does not move its time. */
export function createAudit(cassandra: Cassandra): Pick<ReleaseStore, 'writeAudit' | 'readAudit'> {
  return {
    writeAudit: ({ property, id, action, subject, reason, actor }) => settle(`audit line ${id}`, async () => {
      const outcome = await cassandra.conditional(insert, [property, id, action, subject, reason, actor]);
      return outcome === 'unknown' ? 'unknown' : 'applied';
    }),
    async readAudit(property, limit) {
      const entries: (AuditEntry & { at: string })[] = [];
      // A property has a handful of lines a week, so its whole partition is read and put in order here.
      for await (const rows of cassandra.pages('SELECT * FROM audit WHERE property = ?', [property], { pageRows: 1000 })) {
        entries.push(...rows.map((row) => ({
          property,
          id: row.id as string,
          action: row.action as string,
          subject: row.subject as string,
          reason: row.reason as string,
          actor: row.actor as string,
          at: (row.at as Date).toISOString(),
        })));
      }
      return entries.sort((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1)).slice(0, limit);
    },
  };
}
