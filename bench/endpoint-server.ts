// A program: one of the two servers that bench/endpoint.ts compares. `bare` or `endpoint`, then the store as JSON.
import { createServer } from 'node:http';
import pino from 'pino';
import { shardOf } from '../src/domain/hash.ts';
import { standardLimits } from '../src/http/endpoint/limits.ts';
import { startEndpoint } from '../src/main/endpoint.ts';
import { connectCassandra, type CassandraOptions } from '../src/stores/cassandra/connection.ts';

const store = JSON.parse(process.argv[3] ?? '') as CassandraOptions;
if (process.argv[2] === 'bare') await serveBare();
else await serveEndpoint();

/** The endpoint as its program starts it, log lines included, without a limit on the one key. */
async function serveEndpoint(): Promise<void> {
  const logger = pino({ base: { program: 'endpoint' } }, pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 500 }));
  const limits = { ...standardLimits, requestsPerMinute: 1e9, requestsPerSocket: 0 };
  const { url } = await startEndpoint({ cassandra: store, host: '127.0.0.1', port: 0, keyGraceMs: 0, limits, pollMs: 500, staleAfterMs: 10_000, drainMs: 0, logger });
  console.log(url);
}

/** The yardstick: no key, no checks, no log; the same prepared lookup, the same body. */
async function serveBare(): Promise<void> {
  const { client } = await connectCassandra(store);
  const query = 'SELECT user, features, prediction, decile FROM recent_users_2011_48 WHERE property = ? AND revision = ? AND shard = ? AND user = ?';
  const server = createServer(async (request, response) => {
    const user = decodeURIComponent(request.url?.split('/')[5] ?? '');
    const row = (await client.execute(query, ['shop', 1, shardOf(user, 4), user], { prepare: true, isIdempotent: true })).first();
    const body = JSON.stringify({ user, probability: row?.prediction, decile: row?.decile, asOf: '2011-12-05T00:00:00Z', horizonDays: 60, release: '2011-W48.1', model: 'ab'.repeat(8) });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  });
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as { port: number }).port}`));
}
