import { createRollupBuckets } from './rollup-buckets.ts';
import { createRollupProperties } from './rollup-properties.ts';
import { createRollupReadings } from './rollup-readings.ts';
import type { RollupStore } from '../../ports/rollup-store.ts';
import type { Cassandra } from './connection.ts';

/** All that rollups keep, in Cassandra. Its tables are `rollupTables`. */
export function createRollupStore(cassandra: Cassandra): RollupStore {
  return { ...createRollupReadings(cassandra), ...createRollupBuckets(cassandra), ...createRollupProperties(cassandra) };
}
