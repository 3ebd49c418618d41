import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import cassandra from 'cassandra-driver';
import { shardOf } from '../src/domain/hash.ts';

export interface ByHandOptions {
  readonly host: string;
  readonly port: number;
  readonly keyspace: string;
  readonly property: string;
  readonly day: string;
  readonly shards: number;
  readonly inFlight: number;
}

/** A row as one would have it before writing; equal texts of `identity` are numbered. */
export type HandRow =
  | { readonly kind: 'event'; readonly user: string; readonly timeUs: number; readonly identity: string; readonly name: string; readonly value: number | null; readonly group: string | null; readonly payload: string }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'rejected'; readonly file: string; readonly line: number; readonly reason: string; readonly payload: string };

const { localQuorum } = cassandra.types.consistencies;
const insertEvent = 'INSERT INTO raw_activity_stream_data (property, day, generation, shard, user, event_time_us, event_key, name, value, event_group, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
const insertQuarantined = 'INSERT INTO quarantine (property, day, generation, position, file, line, reason, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)';
const insertManifest = "INSERT INTO day_manifests (property, day, generation, state, reason, rows, people, anonymous, quarantined) VALUES (?, ?, 1, 'final', '', ?, ?, ?, ?)";

/** What one writes by hand with the same driver: `executeConcurrent` row by row at the same consistency, into the same tables, read back by nobody. */
export async function connectByHand({ host, port, keyspace, property, day, shards, inFlight }: ByHandOptions) {
  const client = new cassandra.Client({
    contactPoints: [host], protocolOptions: { port }, localDataCenter: 'datacenter1', keyspace,
    queryOptions: { consistency: localQuorum, prepare: true, isIdempotent: true },
  });
  await client.connect();
  const key = [property, day, 1];
  return {
    async write(rows: AsyncIterable<HandRow>): Promise<{ rows: number; anonymous: number; quarantined: number }> {
      const [counts, people, ordinals] = [{ rows: 0, anonymous: 0, quarantined: 0 }, new Set<string>(), new Map<string, number>()];
      const rejected: unknown[][] = [];
      const events = async function* (): AsyncGenerator<unknown[]> {
        let position = -1;
        for await (const row of rows) {
          position += 1;
          const rowHash = row.kind === 'anonymous' ? '' : hash('sha256', row.kind === 'event' ? row.identity : row.payload, 'base64url').slice(0, 22);
          const ordinal = ordinals.get(rowHash) ?? 0;
          ordinals.set(rowHash, ordinal + 1);
          if (row.kind === 'rejected') rejected.push([...key, position, row.file, row.line, row.reason, row.payload]);
          else if (row.kind === 'anonymous') counts.anonymous += 1;
          else {
            counts.rows += 1;
            people.add(row.user);
            yield [...key, shardOf(row.user, shards), row.user, row.timeUs, `${rowHash}.${ordinal}`, row.name, row.value, row.group, row.payload];
          }
        }
      };
      await cassandra.concurrent.executeConcurrent(client, insertEvent, Readable.from(events(), { objectMode: true }), { concurrencyLevel: inFlight });
      counts.quarantined = rejected.length;
      await cassandra.concurrent.executeConcurrent(client, insertQuarantined, rejected, { concurrencyLevel: inFlight });
      await client.execute(insertManifest, [property, day, counts.rows, people.size, counts.anonymous, counts.quarantined]);
      return counts;
    },
    dispose: () => client.shutdown(),
  };
}
