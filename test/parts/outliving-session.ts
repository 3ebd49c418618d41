import { setTimeout as sleep } from 'node:timers/promises';
import { connectCassandra } from '../../src/stores/cassandra/connection.ts';

/** PROGRAM: `node outliving-session.ts <port>`. Says `connected`, waits on its input for the node to die and come back, says `answered`, and ends. */
const session = await connectCassandra({ contactPoints: ['127.0.0.1'], port: Number(process.argv[2]), localDataCenter: 'datacenter1', keyspace: 'outlived', replicationFactor: 1 });
process.stdout.write('connected\n');
await new Promise((resolve) => process.stdin.once('end', resolve).resume());
for (let tries = 0; tries < 300; tries += 1) {
  if (await session.execute('SELECT key FROM system.local').then(() => true, () => false)) break;
  await sleep(100);
}
await session.execute('SELECT key FROM system.local');
process.stdout.write('answered\n');
await session.dispose(); // nothing may keep the process alive after this
