// The rollup server: `node rollup-server.ts`. Prints one line when it answers; SIGTERM and SIGINT finish the requests in flight.
import { readFileSync } from 'node:fs';
import { takeInReadings } from '../../activities/rollup/take-in-readings.ts';
import { readConfig, rollupOf, type Config } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import { serveRollups, type RollupServer } from '../http/rollup/serve.ts';
import { connectCassandra } from '../stores/cassandra/connection.ts';
import { createRollupCategories } from '../stores/cassandra/rollup-categories.ts';
import { createRollupStore } from '../stores/cassandra/rollup-store.ts';
import { cassandraOptions } from './connect.ts';
import { createLog } from './log.ts';
import { createRollupReading } from './rollup-reading.ts';
import type { Logger } from 'pino';

const LEAST_KEY_CHARS = 32;

/** The rollup server with its own connection to the store, which must hold the tables already. */
export async function startRollupServer(config: Config, log: Logger): Promise<RollupServer> {
  const { host, port, intakeKeyFile, readKeyFile } = config.rollupServer;
  const keys = { intake: keyIn('intakeKeyFile', intakeKeyFile), read: keyIn('readKeyFile', readKeyFile) };
  const cassandra = await connectCassandra(cassandraOptions(config));
  try {
    const rollupStore = createRollupStore(cassandra);
    const stores = { rollupStore, categoryStore: createRollupCategories(cassandra), seriesStore: { readSeries: async () => null } };
    const server = await serveRollups({
      host, port, keys, logger: log,
      reading: createRollupReading({ config, stores }),
      takeIn: takeInReadings({ rollupStore, rollupSettingsOf: (property) => rollupOf(config, property) }),
    });
    return {
      url: server.url,
      async stop() {
        await server.stop();
        await cassandra.dispose();
      },
    };
  } catch (cause) {
    await cassandra.dispose();
    throw cause;
  }
}

/** Read at each start, so that the configuration never holds it. The file's last line end is no part of it. */
function keyIn(setting: string, file: string | undefined): string | null {
  if (file === undefined) return null;
  const wrong = (what: string, cause?: unknown): never => {
    throw new Failure('bad-configuration', `rollupServer.${setting} ${file} ${what}: expected a file with a key of ${LEAST_KEY_CHARS} characters or more, as \`openssl rand -hex 32\` makes one`, { cause });
  };
  let key = '';
  try {
    key = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    wrong(`cannot be read (${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'})`, cause);
  }
  if (key.length < LEAST_KEY_CHARS) wrong(`holds ${key.length} characters`);
  if (!/^[\x21-\x7e]+$/.test(key)) wrong('holds spaces or characters that no header carries');
  return key;
}

if (import.meta.main) await main(process.env);

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const log = createLog('rollup-server');
  try {
    const server = await startRollupServer(readConfig(env), log);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void server.stop().then(() => process.exit(0)));
    process.stdout.write(`rollup server ready at ${server.url}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
