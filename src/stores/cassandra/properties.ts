import { Failure } from '../../domain/failure.ts';
import { settle } from './settle.ts';
import type { ActivityStore, StoredProperty } from '../../ports/activity-store.ts';
import type { PropertyCalendar } from '../../domain/calendar/property-calendar.ts';
import type { Cassandra } from './connection.ts';

/** How a person finds its shard (`shardOf`); written beside every property so that a later hash cannot mix with it. */
const shardHash = 'sha256-32-mod';

/** Properties: zone, shard count and hash are written once; the calendar may be corrected. */
export function createProperties(cassandra: Cassandra): Pick<ActivityStore, 'registerProperty' | 'readProperty'> {
  const read = async (property: string): Promise<(StoredProperty & { hash: string }) | null> => {
    const row = (await cassandra.execute('SELECT property, shard_count, shard_hash, calendar FROM properties WHERE property = ?', [property])).first();
    if (!row) return null;
    return { property, shardCount: row.shard_count as number, hash: row.shard_hash as string, calendar: JSON.parse(row.calendar as string) as PropertyCalendar };
  };
  return {
    registerProperty: (wanted) => settle(`property ${wanted.property}`, async () => {
      const stored = await read(wanted.property);
      if (!stored) {
        return cassandra.conditional(
          'INSERT INTO properties (property, time_zone, shard_count, shard_hash, calendar) VALUES (?, ?, ?, ?, ?) IF NOT EXISTS',
          [wanted.property, wanted.calendar.timeZone, wanted.shardCount, shardHash, JSON.stringify(wanted.calendar)],
        );
      }
      checkFixed(stored, wanted);
      if (JSON.stringify(stored.calendar) !== JSON.stringify(wanted.calendar)) {
        await cassandra.execute('UPDATE properties SET calendar = ? WHERE property = ?', [JSON.stringify(wanted.calendar), wanted.property]);
      }
      return 'applied';
    }),
    async readProperty(property) {
      const stored = await read(property);
      return stored && { property: stored.property, shardCount: stored.shardCount, calendar: stored.calendar };
    },
  };
}

function checkFixed(stored: StoredProperty & { hash: string }, wanted: StoredProperty): void {
  const fixed = [
    ['time zone', stored.calendar.timeZone, wanted.calendar.timeZone],
    ['shard count', stored.shardCount, wanted.shardCount],
    ['shard hash', stored.hash, shardHash],
  ] as const;
  for (const [what, was, is] of fixed) {
    if (was === is) continue;
    throw new Failure('property-changed', `property "${wanted.property}" has ${what} ${String(was)} in the store and ${String(is)} in the configuration; it is fixed for life. Put ${String(was)} back, or load the data as a new property.`);
  }
}
