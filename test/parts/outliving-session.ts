import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectCassandra } from '../../src/stores/cassandra/connection.ts';

/** PROGRAM: `node outliving-session.ts <port>`. Says `connected`; for each line of input tries until the node answers and says `answered`; ends with its input. */
const session = await connectCassandra({ contactPoints: ['127.0.0.1'], port: Number(process.argv[2]), localDataCenter: 'datacenter1', keyspace: 'outlived', replicationFactor: 1 });
process.stdout.write('connected\n');
for await (const _line of createInterface({ input: process.stdin })) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await session.execute('SELECT key FROM system.local').then(() => true, () => false)) break;
    await sleep(100);
  }
  await session.execute('SELECT key FROM system.local');
  process.stdout.write('answered\n');
}
await session.dispose(); // nothing may keep the process alive after this
