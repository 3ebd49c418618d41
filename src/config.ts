import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { loadClientConfigProfile, type ClientConfigProfile } from '@temporalio/envconfig';
import { Default, Clean, Errors } from 'typebox/value';
import { parse } from 'yaml';
import { ArtifactSchemas } from './config/artifacts.ts';
import { PropertySchema } from './config/property.ts';
import { PublisherSchemas } from './config/publisher.ts';
import { RollupSchema } from './config/rollup.ts';
import { RunnerSchemas } from './config/runner.ts';
import { ConfigSchema, type ArtifactsConfig, type Config, type PropertyConfig, type PublisherConfig, type RollupConfig, type SourceConfig } from './config/schema.ts';
import { CredentialSchemas, SourceSchemas } from './config/source.ts';
import { workerQueues } from './config/worker.ts';
import { parseColumnMap } from './domain/activity/column-map.ts';
import { settlingHours, settlingLookBackDays } from './domain/activity/ga4/choose-table.ts';
import { compileTimeFormat } from './domain/activity/time-format.ts';
import { addDays } from './domain/calendar/day.ts';
import { Failure } from './domain/failure.ts';
import { dayName } from './domain/rollup/bucket-name.ts';
import type { TSchema } from 'typebox';

export type { Config, PropertyConfig, RollupConfig, SourceConfig };

/**
 * The configuration of this process: `almanac.yaml` (or `ALMANAC_CONFIG`), then Temporal's profile file and the environment, validated and frozen.
 * Fails with `bad-configuration` naming the file, the field, its value and what was expected. Relative folders are
 * relative to the file.
 */
export function readConfig(environment: NodeJS.ProcessEnv, file = environment.ALMANAC_CONFIG ?? 'almanac.yaml'): Config {
  const path = resolve(file);
  return configFrom(parseFile(path), environment, path);
}

/** The same from a parsed document; `path` is named in errors and anchors relative folders. */
export function configFrom(document: unknown, environment: NodeJS.ProcessEnv, path: string): Config {
  const config = withDefaults(document);
  checkKind(config?.artifacts, ArtifactSchemas, '/artifacts', config, path);
  checkKind(config?.publisher, PublisherSchemas, '/publisher', config, path);
  checkKind(config?.runner, RunnerSchemas, '/runner', config, path);
  checkSources(config, path);
  const [error] = Errors(ConfigSchema, config);
  if (error) throw new Failure('bad-configuration', sentenceOf(error as SchemaError, config, path));
  const known = Clean(ConfigSchema, config) as Config;
  for (const [name, property] of Object.entries(known.properties)) {
    checkZone(`properties.${name}`, property, path);
    checkColumns(name, property, path);
    checkLookBack(name, property, path);
  }
  for (const [name, rollup] of Object.entries(known.rollups)) checkRollup(name, rollup, known, path);
  const complete = withEnvironment(known, environment);
  checkRunner(complete, path);
  return deepFreeze(anchor(complete, dirname(path), environment));
}

/** The settings of one property, or `property-unknown` with the names that exist. */
export function propertyOf(config: Config, property: string): PropertyConfig {
  const found = config.properties[property];
  if (found) return found;
  throw new Failure('property-unknown', `property "${property}" is not in the configuration (it has: ${Object.keys(config.properties).join(', ') || 'none'})`);
}

/** The settings of one rollup, or `property-unknown` with the names that exist. */
export function rollupOf(config: Config, property: string): RollupConfig {
  const found = config.rollups[property];
  if (found) return found;
  throw new Failure('property-unknown', `rollup "${property}" is not in the configuration (it has: ${Object.keys(config.rollups).join(', ') || 'none'})`);
}

interface SchemaError { instancePath: string; message: string; params?: unknown }

/** Defaults filled in; the library does not descend into the record of properties by itself. */
function withDefaults(document: unknown): Config {
  const config = Default(ConfigSchema, structuredClone(document)) as Config;
  if (typeof config?.properties !== 'object' || config.properties === null) return config;
  return { ...config, properties: defaulted(PropertySchema, config.properties), rollups: defaulted(RollupSchema, config.rollups) };
}

function defaulted<Entry>(schema: TSchema, entries: Record<string, Entry>): Record<string, Entry> {
  if (typeof entries !== 'object' || entries === null) return entries; // the whole schema says so
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, Default(schema, entry) as Entry]));
}

function parseFile(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Failure('bad-configuration', `${path} cannot be read: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`, { cause });
  }
}

function sentenceOf(error: SchemaError, config: unknown, path: string): string {
  const field = error.instancePath.slice(1).replaceAll('/', '.') || 'the document';
  const value = error.instancePath.split('/').slice(1).reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config);
  const detail = error.params && 'additionalProperties' in (error.params as object) ? `: ${String((error.params as { additionalProperties: unknown }).additionalProperties)}` : '';
  const shown = typeof value === 'object' ? '' : ` is ${JSON.stringify(value)}`;
  return `${path}: ${field}${shown}: ${error.message === 'schema is false' ? 'there is no such setting' : error.message}${detail}`;
}

/** Each source against the shape of its kind: of a union the library only says that nothing in it fits. */
function checkSources(config: Config, path: string): void {
  if (typeof config?.properties !== 'object' || config.properties === null) return;
  for (const [name, property] of Object.entries(config.properties)) {
    const source: unknown = property?.source;
    checkKind((source as { credentials?: unknown } | undefined)?.credentials, CredentialSchemas, `/properties/${name}/source/credentials`, config, path);
    checkKind(source, SourceSchemas, `/properties/${name}/source`, config, path);
  }
}

function checkKind(value: unknown, schemas: Readonly<Record<string, TSchema>>, place: string, config: Config, path: string): void {
  if (typeof value !== 'object' || value === null) return; // the whole schema says so
  const { kind } = value as { kind?: unknown };
  const schema = typeof kind === 'string' && Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
  if (!schema) throw new Failure('bad-configuration', `${path}: ${place.slice(1).replaceAll('/', '.')}.kind is ${JSON.stringify(kind) ?? 'missing'}: expected ${Object.keys(schemas).join(' or ')}`);
  const [error] = Errors(schema, Default(schema, structuredClone(value))) as readonly SchemaError[];
  if (error) throw new Failure('bad-configuration', sentenceOf({ ...error, instancePath: `${place}${error.instancePath}` }, config, path));
}

/** A pod and the worker have nothing but the bucket in common. */
function checkRunner({ runner, artifacts }: Config, path: string): void {
  if (runner.kind !== 'kubernetes') return;
  if (artifacts.kind !== 's3') throw new Failure('bad-configuration', `${path}: runner.kind is "kubernetes", but artifacts.kind is "${artifacts.kind}": expected s3, because pods share no folder with the worker`);
  if (artifacts.credentials && runner.bucketSecret === undefined) throw new Failure('bad-configuration', `${path}: runner.bucketSecret is missing: expected the name of a Secret in ${runner.namespace} whose secret-access-key is that of artifacts.credentials, because pods do not have the worker's file`);
}

function checkZone(place: string, { timeZone }: { timeZone: string }, path: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new Failure('bad-configuration', `${path}: ${place}.timeZone is "${timeZone}": expected an IANA time zone such as Europe/London`, { cause });
  }
}

function checkRollup(name: string, rollup: RollupConfig, { properties }: Config, path: string): void {
  const { timeZone, firstDay, allowedLatenessHours, retention: { readingDays } } = rollup;
  const wrong = (what: string): never => {
    throw new Failure('bad-configuration', `${path}: rollups.${name}${what}`);
  };
  if (name in properties) wrong(' is the name of a property too: expected a name of its own, because ids begin with it');
  checkZone(`rollups.${name}`, rollup, path);
  try {
    for (const days of [0, 91, 182, 273]) dayName(addDays(firstDay, days), timeZone);
  } catch (cause) {
    wrong(`: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (readingDays > 0 && readingDays * 24 < allowedLatenessHours + 48) wrong(`.retention.readingDays is ${readingDays}: expected ${Math.ceil(allowedLatenessHours / 24) + 2} or more, because a late reading opens a minute again for ${allowedLatenessHours} hours and it is built from all its readings`);
}

/** Whether the files have these columns is seen at the first look; whether the map can be understood, now. */
function checkColumns(name: string, { source, timeZone }: PropertyConfig, path: string): void {
  if (source.kind !== 'files') return;
  const where = `${path}: properties.${name}.source`;
  const { time } = parseColumnMap(source.columns, where);
  try {
    compileTimeFormat(time.format, timeZone);
  } catch (cause) {
    throw new Failure('bad-configuration', `${where}.columns.time, column "${time.column}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Mornings must look back to a day until Google has settled it. */
function checkLookBack(name: string, { source, schedules }: PropertyConfig, path: string): void {
  if (source.kind === 'files' || schedules.lookBackDays >= settlingLookBackDays) return;
  throw new Failure('bad-configuration', `${path}: properties.${name}.schedules.lookBackDays is ${schedules.lookBackDays}: expected ${settlingLookBackDays} or more, because Google adds to a day for ${settlingHours} hours and it is final only then`);
}

function withEnvironment(config: Config, env: NodeJS.ProcessEnv): Config {
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
    worker: { ...config.worker, queues, metricsHost: env.ALMANAC_METRICS_HOST || config.worker.metricsHost, metricsPort: port('ALMANAC_METRICS_PORT', config.worker.metricsPort) },
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
  const passwordFile = env.ALMANAC_CASSANDRA_PASSWORD_FILE ? resolve(env.ALMANAC_CASSANDRA_PASSWORD_FILE) : known?.passwordFile;
  if (username === undefined && passwordFile === undefined) return undefined;
  if (username === undefined || passwordFile === undefined) throw new Failure('bad-configuration', `cassandra.credentials lacks ${username === undefined ? 'username' : 'passwordFile'}: expected both, here or in ALMANAC_CASSANDRA_USERNAME and ALMANAC_CASSANDRA_PASSWORD_FILE`);
  return { username, passwordFile };
}

function anchor(config: Config, folder: string, env: NodeJS.ProcessEnv): Config {
  const at = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  const properties = Object.fromEntries(
    Object.entries(config.properties).map(([name, property]) => [name, { ...property, source: anchorSource(property.source, at) }]),
  );
  const { credentials } = config.cassandra;
  const cassandra = credentials ? { ...config.cassandra, credentials: { ...credentials, passwordFile: at(credentials.passwordFile) } } : config.cassandra;
  return { ...config, home: env.ALMANAC_HOME ? resolve(env.ALMANAC_HOME) : at(config.home), artifacts: anchorArtifacts(config.artifacts, at), publisher: anchorKubeconfig(config.publisher, at), runner: anchorKubeconfig(config.runner, at), endpoint: anchorEndpoint(config.endpoint, at), cassandra, properties };
}

function anchorArtifacts(artifacts: ArtifactsConfig, at: (path: string) => string): ArtifactsConfig {
  if (artifacts.kind === 'folder' || artifacts.credentials === undefined) return artifacts;
  return { ...artifacts, credentials: { ...artifacts.credentials, secretKeyFile: at(artifacts.credentials.secretKeyFile) } };
}

function anchorKubeconfig<T extends PublisherConfig | Config['runner']>(plug: T, at: (path: string) => string): T {
  return plug.kind !== 'kubernetes' || plug.kubeconfig === undefined ? plug : { ...plug, kubeconfig: at(plug.kubeconfig) };
}

function anchorEndpoint(endpoint: Config['endpoint'], at: (path: string) => string): Config['endpoint'] {
  return endpoint.keysFile === undefined ? endpoint : { ...endpoint, keysFile: at(endpoint.keysFile) };
}

function anchorSource(source: SourceConfig, at: (path: string) => string): SourceConfig {
  switch (source.kind) {
    case 'files':
      return { ...source, folder: at(source.folder) };
    case 'ga4-data-api':
    case 'ga4-export':
      return 'file' in source.credentials ? { ...source, credentials: { ...source.credentials, file: at(source.credentials.file) } } : source;
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
