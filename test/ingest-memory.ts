import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileSource } from '../src/connectors/files/file-source.ts';
import { createActivityStore } from '../src/stores/cassandra/activity-store.ts';
import { activityTables } from '../src/stores/cassandra/activity-tables.ts';
import { connectCassandra } from '../src/stores/cassandra/connection.ts';
import { applySchema } from '../src/stores/cassandra/schema.ts';

/**
 * A process of its own: generates a day of `megabytes` and takes it through source and store. Prints rows, bytes and peak
 * memory as JSON. One chunk in `writeEvery` is really written, so that 200 MB do not take minutes.
 */
const [megabytes = 10, writeEvery = 20] = process.argv.slice(2).map(Number);
const day = '2011-10-04';
const columns = { user: { column: 'customer', as: 'integer' }, time: { column: 'at', format: 'YYYY-MM-DD HH:mm:ss' }, name: { constant: 'purchase' }, value: { multiply: ['quantity', 'price'] }, group: { column: 'invoice' } };
// Not through the test world: what it imports would be measured too.
const [host = '', port] = (process.env.ALMANAC_TEST_CASSANDRA ?? '').split(':');
const folder = await mkdtemp(join(tmpdir(), 'almanac-test-'));
const cassandra = await connectCassandra({ contactPoints: [host], port: Number(port), localDataCenter: 'datacenter1', keyspace: `test_memory_${process.pid}_${megabytes}`, replicationFactor: 1 });
await applySchema(cassandra, activityTables);
try {
  const file = createWriteStream(join(folder, `${day}.csv`));
  file.write('invoice,quantity,at,price,customer,note\n');
  const note = 'a note that makes the row as long as rows are; '.repeat(2);
  let bytes = 0;
  for (let row = 0; bytes < megabytes * 1e6; row += 1) {
    // Every hundredth row repeats the one before it.
    const number = row % 100 === 99 ? row - 1 : row;
    const text = `I${number},${(number % 7) + 1},${day} 10:${String(number % 60).padStart(2, '0')}:00,2.5,${10_000 + (number % 50_000)}.0,${note}\n`;
    bytes += text.length;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');

  const source = createFileSource({ property: 'shop', timeZone: 'Europe/London', folder, file: '{day}.csv', format: 'csv', columns, spool: join(folder, 'spool'), countedInMemory: 50_000 });
  const store = createActivityStore({ cassandra });
  const look = await source.look(day);
  if (look.state !== 'present') throw new Error(`expected a day that is present, got ${look.state}`);
  const began = performance.now();
  let rows = 0;
  let repeats = 0;
  let chunks = 0;
  for await (const chunk of source.read(day, { sourceVersion: look.sourceVersion, from: 0, batchRows: 5000 })) {
    const events = chunk.flatMap((row) => (row.kind === 'event' ? [{ ...row.event, eventKey: row.eventKey, payload: row.payload }] : []));
    rows += events.length;
    repeats += events.filter(({ eventKey }) => !eventKey.endsWith('.0')).length;
    if (chunks++ % writeEvery === 0) await store.writeEvents({ property: 'shop', day, generation: 1 }, 4, events);
  }
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(`${JSON.stringify({ rows, repeats, bytes, seconds, cpuSeconds: process.cpuUsage().user / 1e6, peakMb: process.resourceUsage().maxRSS / 1024 })}\n`);
} finally {
  await cassandra.execute(`DROP KEYSPACE ${cassandra.keyspace}`, [], { prepare: false, readTimeout: 60_000 });
  await cassandra.dispose();
  await rm(folder, { recursive: true, force: true });
}
