import { Failure } from '../../domain/failure.ts';
import { settle } from './settle.ts';
import type { RollupRegister } from '../../ports/rollup-store.ts';
import type { Cassandra } from './connection.ts';

/** Rollups: zone and shard count are written once. The table is among `rollupTables`. */
export function createRollupProperties(cassandra: Cassandra): RollupRegister {
  return {
    registerProperty: ({ property, timeZone, shards }) => settle(`rollup ${property}`, async () => {
      const row = (await cassandra.execute('SELECT time_zone, shards FROM rollup_properties WHERE property = ?', [property])).first();
      if (!row) return cassandra.conditional('INSERT INTO rollup_properties (property, time_zone, shards) VALUES (?, ?, ?) IF NOT EXISTS', [property, timeZone, shards]);
      for (const [what, was, is] of [['time zone', row.time_zone as string, timeZone], ['shard count', row.shards as number, shards]] as const) {
        if (was !== is) throw new Failure('property-changed', `rollup "${property}" has ${what} ${String(was)} in the store and ${String(is)} in the configuration; it is fixed for life. Put ${String(was)} back, or take the readings in as a new rollup.`);
      }
      return 'applied';
    }),
  };
}
