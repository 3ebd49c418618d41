import { shardOf } from '../../domain/hash.ts';
import { eachInFlight } from './in-flight.ts';
import type { KeyedEvent } from '../../domain/activity/event.ts';
import type { ActivityStore } from '../../ports/activity-store.ts';
import type { Cassandra, Statement } from './connection.ts';

// Measured on one node and two shared cores: batches of 100–200 rows in one partition are 3–6 times single inserts; more rows or bytes gain nothing.
const batchRows = 150;
const batchBytes = 32 * 1024;
const batchesInFlight = 16;

const insertEvent = `INSERT INTO raw_activity_stream_data
  (property, day, generation, shard, user, event_time_us, event_key, name, value, event_group, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const insertQuarantined = 'INSERT INTO quarantine (property, day, generation, position, file, line, reason, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)';

/** Writes of rows; idempotent by (property, day, generation, shard, user, time, event key) and by position. */
export function createEventWriter(cassandra: Cassandra): Pick<ActivityStore, 'writeEvents' | 'writeQuarantine'> {
  return {
    async writeEvents({ property, day, generation }, shardCount, events) {
      const batches: Statement[][] = [];
      for (const [shard, ofShard] of byShard(events, shardCount)) {
        batches.push(...inBatches(ofShard, sizeOf, (event) => ({
          query: insertEvent,
          params: [property, day, generation, shard, event.user, event.timeUs, event.eventKey, event.name, event.value ?? undefined, event.group ?? undefined, event.payload],
        })));
      }
      await eachInFlight(batches, batchesInFlight, (batch) => cassandra.batch(batch));
    },
    async writeQuarantine({ property, day, generation }, rows) {
      const batches = inBatches(rows, (row) => row.payload.length, (row) => ({
        query: insertQuarantined,
        params: [property, day, generation, row.position, row.file, row.line, row.reason, row.payload],
      }));
      await eachInFlight(batches, batchesInFlight, (batch) => cassandra.batch(batch));
    },
  };
}

function byShard(events: readonly KeyedEvent[], shardCount: number): Map<number, KeyedEvent[]> {
  const shardOfUser = new Map<string, number>();
  const shards = new Map<number, KeyedEvent[]>();
  for (const event of events) {
    let shard = shardOfUser.get(event.user);
    if (shard === undefined) shardOfUser.set(event.user, (shard = shardOf(event.user, shardCount)));
    const rows = shards.get(shard);
    if (rows) rows.push(event);
    else shards.set(shard, [event]);
  }
  return shards;
}

function inBatches<T>(items: readonly T[], size: (item: T) => number, statement: (item: T) => Statement): Statement[][] {
  const batches: Statement[][] = [];
  let batch: Statement[] = [];
  let bytes = 0;
  for (const item of items) {
    const own = size(item);
    if (batch.length > 0 && (batch.length >= batchRows || bytes + own > batchBytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(statement(item));
    bytes += own;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

function sizeOf(event: KeyedEvent): number {
  return event.payload.length + event.user.length + event.eventKey.length + event.name.length + (event.group?.length ?? 0) + 24;
}
