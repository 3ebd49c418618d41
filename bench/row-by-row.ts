// A program: the yardstick of ingest. What one writes by hand with the same driver: csv-parse, and `executeConcurrent`
// row by row at the same consistency, into the same tables with the same rows, read back by nobody.
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import cassandra from 'cassandra-driver';
import { parse } from 'csv-parse';
import { shardOf } from '../src/domain/hash.ts';
import { measuredDay } from './day-file.ts';
import { measureSelf } from './measure.ts';

const options = JSON.parse(process.argv[2] ?? '') as { host: string; port: number; keyspace: string; file: string; property: string; shards: number; inFlight: number };
const { localQuorum } = cassandra.types.consistencies;
const insertEvent = 'INSERT INTO raw_activity_stream_data (property, day, generation, shard, user, event_time_us, event_key, name, value, event_group, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
const insertQuarantined = 'INSERT INTO quarantine (property, day, generation, position, file, line, reason, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)';
const insertManifest = "INSERT INTO day_manifests (property, day, generation, state, reason, rows, people, anonymous, quarantined) VALUES (?, ?, 1, 'final', '', ?, ?, ?, ?)";

type Row = Record<'invoice' | 'quantity' | 'at' | 'price' | 'customer' | 'country', string>;

const client = new cassandra.Client({
  contactPoints: [options.host], protocolOptions: { port: options.port }, localDataCenter: 'datacenter1', keyspace: options.keyspace,
  queryOptions: { consistency: localQuorum, prepare: true, isIdempotent: true },
});
await client.connect();
await measureSelf(loadFile);
await client.shutdown();

async function loadFile(): Promise<{ rows: number }> {
  const [counts, people, ordinals] = [{ rows: 0, anonymous: 0, quarantined: 0 }, new Set<string>(), new Map<string, number>()];
  const rejected: unknown[][] = [];
  const key = [options.property, measuredDay, 1];
  const events = async function* (): AsyncGenerator<unknown[]> {
    let position = -1;
    const rows = createReadStream(options.file).pipe(createGunzip()).pipe(parse({ columns: true }));
    for await (const row of rows as AsyncIterable<Row>) {
      position += 1;
      const payload = JSON.stringify(row);
      const rowHash = hash('sha256', payload, 'base64url').slice(0, 22);
      const ordinal = ordinals.get(rowHash) ?? 0;
      ordinals.set(rowHash, ordinal + 1);
      const timeMs = Date.parse(`${row.at.replace(' ', 'T')}Z`);
      if (Number.isNaN(timeMs)) rejected.push([...key, position, options.file, position + 2, 'at is not a time', payload]);
      else if (row.customer === '') counts.anonymous += 1;
      else {
        counts.rows += 1;
        people.add(row.customer);
        yield [...key, shardOf(row.customer, options.shards), row.customer, timeMs * 1000, `${rowHash}.${ordinal}`, 'purchase', Number(row.quantity) * Number(row.price), row.invoice, payload];
      }
    }
  };
  await cassandra.concurrent.executeConcurrent(client, insertEvent, Readable.from(events(), { objectMode: true }), { concurrencyLevel: options.inFlight });
  counts.quarantined = rejected.length;
  await cassandra.concurrent.executeConcurrent(client, insertQuarantined, rejected, { concurrencyLevel: options.inFlight });
  await client.execute(insertManifest, [options.property, measuredDay, counts.rows, people.size, counts.anonymous, counts.quarantined]);
  return counts;
}
