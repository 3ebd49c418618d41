import { addToChecksum, emptyChecksum } from '../../domain/activity/checksum.ts';
import { nameCounter, sumNames, type EventNames } from '../../domain/activity/event-names.ts';
import { createDayManifests } from './day-manifests.ts';
import { createEventReader } from './event-reader.ts';
import { createEventWriter } from './event-writer.ts';
import { eachInFlight } from './in-flight.ts';
import { createProperties } from './properties.ts';
import type { ActivityStore, GenerationKey, LongCall } from '../../ports/activity-store.ts';
import type { Cassandra } from './connection.ts';

const shardsInFlight = 4;

/** Raw activity, manifests and quarantine in Cassandra. Its tables are `activityTables`. */
export function createActivityStore({ cassandra }: { cassandra: Cassandra }): ActivityStore {
  const { retireManifest, ...manifests } = createDayManifests(cassandra);
  return {
    ...createProperties(cassandra),
    ...manifests,
    ...createEventWriter(cassandra),
    ...createEventReader(cassandra),

    measureGeneration: (key, shardCount, call) => measure(cassandra, key, shardCount, call ?? {}),
    countSessions: (key, shardCount, call) => countSessions(cassandra, key, shardCount, call ?? {}),

    async readQuarantine({ property, day, generation }, limit, after = -1) {
      const query = 'SELECT position, file, line, reason, payload FROM quarantine WHERE property = ? AND day = ? AND generation = ? AND position > ? LIMIT ?';
      const result = await cassandra.execute(query, [property, day, generation, after, limit], { fetchSize: limit });
      return result.rows.map((row) => ({ position: Number(row.position), file: row.file as string, line: Number(row.line), reason: row.reason as string, payload: row.payload as string }));
    },

    async dropGeneration(key, shardCount, spent) {
      // The manifest first: whoever reads manifests never meets a sealed generation without its rows.
      await retireManifest({ ...key, bytesBilled: spent?.bytesBilled ?? 0 });
      const { property, day, generation } = key;
      await eachInFlight(Array(shardCount).keys(), shardsInFlight, async (shard) => {
        await cassandra.execute('DELETE FROM raw_activity_stream_data WHERE property = ? AND day = ? AND generation = ? AND shard = ?', [property, day, generation, shard]);
      });
      await cassandra.execute('DELETE FROM quarantine WHERE property = ? AND day = ? AND generation = ?', [property, day, generation]);
    },
  };
}

async function measure(cassandra: Cassandra, { property, day, generation }: GenerationKey, shardCount: number, { signal, onProgress }: LongCall) {
  const query = 'SELECT user, event_key, name FROM raw_activity_stream_data WHERE property = ? AND day = ? AND generation = ? AND shard = ?';
  let rows = 0;
  let people = 0;
  let checksum = emptyChecksum;
  const names: EventNames[] = Array(shardCount);
  await eachInFlight(Array(shardCount).keys(), shardsInFlight, async (shard) => {
    let user: string | null = null;
    const counter = nameCounter();
    for await (const page of cassandra.pages(query, [property, day, generation, shard], { pageRows: 5000 })) {
      signal?.throwIfAborted();
      for (const row of page) {
        if (row.user !== user) people += 1;
        user = row.user as string;
        counter.add(row.name as string);
      }
      rows += page.length;
      checksum = addToChecksum(checksum, page.map((row) => row.event_key as string));
      onProgress?.();
    }
    names[shard] = counter.result();
  });
  return { rows, people, checksum, eventNames: sumNames(names) };
}

async function countSessions(cassandra: Cassandra, { property, day, generation }: GenerationKey, shardCount: number, { signal, onProgress }: LongCall): Promise<number> {
  const query = 'SELECT user, event_group FROM raw_activity_stream_data WHERE property = ? AND day = ? AND generation = ? AND shard = ?';
  let sessions = 0;
  await eachInFlight(Array(shardCount).keys(), shardsInFlight, async (shard) => {
    // Rows come sorted by person: the groups of one person at a time are remembered.
    let user: string | null = null;
    let groups = new Set<string>();
    for await (const page of cassandra.pages(query, [property, day, generation, shard], { pageRows: 5000 })) {
      signal?.throwIfAborted();
      for (const row of page) {
        if (row.user !== user) [user, groups] = [row.user as string, new Set()];
        const group = row.event_group as string | null;
        if (group === null || groups.has(group)) continue;
        groups.add(group);
        sessions += 1;
      }
      onProgress?.();
    }
  });
  return sessions;
}
