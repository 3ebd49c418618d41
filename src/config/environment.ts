import { resolve } from 'node:path';
import { loadClientConfigProfile, type ClientConfigProfile } from '@temporalio/envconfig';
import { Failure } from '../domain/failure.ts';
import { ArtifactSchemas } from './artifacts.ts';
import { checkKind } from './shape.ts';
import { workerQueues } from './worker.ts';
import type { ArtifactsConfig, Config } from './schema.ts';

/** The configuration with what the environment says instead of the file. */
export function withEnvironment(config: Config, env: NodeJS.ProcessEnv): Config {
  const port = (name: string, fallback: number): number => {
    const text = env[name];
    if (text === undefined || text === '') return fallback;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > 65535) throw new Failure('bad-configuration', `${name} is "${text}": expected a port from 1 to 65535`);
    return value;
  };
  const queues = env.ALMANAC_WORKER_QUEUES ? env.ALMANAC_WORKER_QUEUES.split(',').map((name) => queueNamed(name.trim())) : config.worker.queues;
  const server = temporalProfile(env);
  return {
    ...config,
    home: env.ALMANAC_HOME || config.home,
    artifacts: artifactsFrom(config.artifacts, env),
    temporal: {
      ...config.temporal,
      address: server.address || config.temporal.address,
      namespace: server.namespace || config.temporal.namespace,
      taskQueue: env.ALMANAC_TASK_QUEUE || config.temporal.taskQueue,
      port: port('ALMANAC_TEMPORAL_PORT', config.temporal.port),
      uiPort: port('ALMANAC_TEMPORAL_UI_PORT', config.temporal.uiPort),
    },
    cassandra: {
      ...config.cassandra,
      credentials: credentialsFrom(config.cassandra.credentials, env),
      contactPoints: env.ALMANAC_CASSANDRA ? env.ALMANAC_CASSANDRA.split(',') : config.cassandra.contactPoints,
      port: port('ALMANAC_CASSANDRA_PORT', config.cassandra.port),
      storagePort: port('ALMANAC_CASSANDRA_STORAGE_PORT', config.cassandra.storagePort),
      keyspace: env.ALMANAC_KEYSPACE || config.cassandra.keyspace,
    },
    modelServer: { ...config.modelServer, address: env.ALMANAC_MODEL_SERVER || config.modelServer.address, port: port('ALMANAC_MODEL_SERVER_PORT', config.modelServer.port) },
    endpoint: { ...config.endpoint, address: env.ALMANAC_ENDPOINT || config.endpoint.address, host: env.ALMANAC_ENDPOINT_HOST || config.endpoint.host, port: port('ALMANAC_ENDPOINT_PORT', config.endpoint.port) },
    rollupServer: {
      ...config.rollupServer,
      address: env.ALMANAC_ROLLUP_SERVER || config.rollupServer.address,
      host: env.ALMANAC_ROLLUP_SERVER_HOST || config.rollupServer.host,
      port: port('ALMANAC_ROLLUP_SERVER_PORT', config.rollupServer.port),
      intakeKeyFile: fileNamed(env.ALMANAC_ROLLUP_INTAKE_KEY_FILE) ?? config.rollupServer.intakeKeyFile,
      readKeyFile: fileNamed(env.ALMANAC_ROLLUP_READ_KEY_FILE) ?? config.rollupServer.readKeyFile,
    },
    worker: { ...config.worker, queues, metricsHost: env.ALMANAC_METRICS_HOST || config.worker.metricsHost, metricsPort: port('ALMANAC_METRICS_PORT', config.worker.metricsPort) },
    health: env.ALMANAC_RESTART_COMMAND && config.health.restarts.kind === 'supervisor' ? { ...config.health, restarts: { kind: 'nobody', command: env.ALMANAC_RESTART_COMMAND } } : config.health,
    notify: { webhook: env.ALMANAC_WEBHOOK || config.notify.webhook },
  };
}

/** A bucket that the environment names is used instead of what the file says. */
function artifactsFrom(known: ArtifactsConfig, env: NodeJS.ProcessEnv): ArtifactsConfig {
  const { ALMANAC_ARTIFACTS_BUCKET: bucket, ALMANAC_ARTIFACTS_ENDPOINT: endpoint } = env;
  if (!bucket) return known;
  const artifacts = { kind: 's3' as const, prefix: '', ...(known.kind === 's3' ? known : {}), bucket, ...(endpoint ? { endpoint } : {}) };
  checkKind(artifacts, ArtifactSchemas, '/artifacts', { artifacts } as Config, 'the environment (ALMANAC_ARTIFACTS_BUCKET, ALMANAC_ARTIFACTS_ENDPOINT)');
  return artifacts;
}

/** What the environment names begins where the program was started. */
function fileNamed(path: string | undefined): string | undefined {
  return path ? resolve(path) : undefined;
}

function queueNamed(name: string): Config['worker']['queues'][number] {
  const known = workerQueues.find((queue) => queue === name);
  if (known === undefined) throw new Failure('bad-configuration', `ALMANAC_WORKER_QUEUES has "${name}": expected some of ${workerQueues.join(',')}`);
  return known;
}

/** What the standard `TEMPORAL_*` variables and profile files say: the variables win, and both win over our file. Without an address the server is embedded. */
function temporalProfile(env: NodeJS.ProcessEnv): ClientConfigProfile {
  try {
    // The library's type leaves out that a variable may be absent; it looks each one up.
    return loadClientConfigProfile({ overrideEnvVars: env as Record<string, string> });
  } catch (cause) {
    throw new Failure('bad-configuration', `TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE (${env.TEMPORAL_CONFIG_FILE ?? 'the default file'}): ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`, { cause });
  }
}

function credentialsFrom(known: Config['cassandra']['credentials'], env: NodeJS.ProcessEnv): Config['cassandra']['credentials'] {
  const username = env.ALMANAC_CASSANDRA_USERNAME || known?.username;
  const passwordFile = fileNamed(env.ALMANAC_CASSANDRA_PASSWORD_FILE) ?? known?.passwordFile;
  if (username === undefined && passwordFile === undefined) return undefined;
  if (username === undefined || passwordFile === undefined) throw new Failure('bad-configuration', `cassandra.credentials lacks ${username === undefined ? 'username' : 'passwordFile'}: expected both, here or in ALMANAC_CASSANDRA_USERNAME and ALMANAC_CASSANDRA_PASSWORD_FILE`);
  return { username, passwordFile };
}
