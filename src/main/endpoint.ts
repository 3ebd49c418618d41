// The endpoint: `node endpoint.ts`. Prints one line when it answers; SIGTERM and SIGINT finish the requests in flight.
import pino from 'pino';
import { readConfig } from '../config.ts';
import { standardLimits, type EndpointLimits } from '../http/endpoint/limits.ts';
import { serve, type Endpoint } from '../http/endpoint/serve.ts';
import { readKeyList } from '../stores/key-list.ts';
import { connectCassandra, type CassandraOptions } from '../stores/cassandra/connection.ts';
import { createKeyStore } from '../stores/cassandra/key-store.ts';
import { createPeopleStore } from '../stores/cassandra/people-store.ts';
import { createReleaseStore } from '../stores/cassandra/release-store.ts';
import { cassandraOptions } from './connect.ts';

export interface EndpointOptions {
  readonly cassandra: CassandraOptions;
  /** Keys of one property from a file: then nothing of others is served. */
  readonly keysFile?: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly keyGraceMs: number;
  readonly limits: EndpointLimits;
  readonly pollMs: number;
  readonly staleAfterMs: number;
  readonly drainMs: number;
  readonly logger: pino.Logger;
}

/** The endpoint with its own connection to the store, which must hold the tables already. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const cassandra = await connectCassandra(options.cassandra);
  try {
    const releaseStore = createReleaseStore(cassandra);
    const listed = options.keysFile === undefined ? null : await readKeyList(options.keysFile);
    const endpoint = await serve({
      ...options,
      releaseStore: listed === null ? releaseStore : { listProperties: async () => [listed.property], listWeeks: releaseStore.listWeeks },
      keyStore: listed === null ? createKeyStore(cassandra) : { listKeys: async () => listed.keys },
      peopleStore: createPeopleStore({ cassandra }),
    });
    return {
      url: endpoint.url,
      async stop() {
        await endpoint.stop();
        await cassandra.dispose();
      },
    };
  } catch (cause) {
    await cassandra.dispose();
    throw cause;
  }
}

if (import.meta.main) await main(process.env);

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig(env);
  // Lines are gathered: writing each at once costs as much as answering. What is left is written before the end.
  const destination = pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 500 });
  const logger = pino({ base: { program: 'endpoint' } }, destination);
  const endpoint = await startEndpoint({
    cassandra: cassandraOptions(config),
    keysFile: config.endpoint.keysFile,
    host: config.endpoint.host,
    port: config.endpoint.port,
    keyGraceMs: config.endpoint.keyGraceHours * 3_600_000,
    limits: { ...standardLimits, requestsPerMinute: config.endpoint.requestsPerMinute },
    pollMs: 500,
    staleAfterMs: 10_000,
    drainMs: 500,
    logger,
  });
  const shutDown = (): void => {
    void endpoint.stop().then(() => {
      logger.info('stopped');
      destination.flushSync();
      process.exit(0);
    });
  };
  process.once('SIGTERM', shutDown).once('SIGINT', shutDown);
  logger.info({ url: endpoint.url }, 'endpoint ready');
  logger.flush();
}
