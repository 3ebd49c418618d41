import { Type, type Static } from 'typebox';
import { ArtifactsSchema } from './artifacts.ts';
import { closed, port } from './fragments.ts';
import { HealthSchema } from './health.ts';
import { ModelServerSchema } from './model-server.ts';
import { PropertySchema } from './property.ts';
import { PublisherSchema } from './publisher.ts';
import { RollupSchema } from './rollup.ts';
import { RollupServerSchema } from './rollup-server.ts';
import { RunnerSchema } from './runner.ts';
import { WorkerSchema } from './worker.ts';

const name = Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' });

/** The shape of `almanac.yaml`. Every default is written in this folder and nowhere else. */
export const ConfigSchema = Type.Object({
  home: Type.String({ default: '.almanac' }),
  /** Where big things that are not rows are kept: datasets, models, reports. `folder` is `artifacts` of the home. */
  artifacts: ArtifactsSchema,
  /** Where training runs. */
  runner: RunnerSchema,
  temporal: Type.Object({
    address: Type.Optional(Type.String()),
    namespace: Type.String({ default: 'default' }),
    taskQueue: Type.String({ default: 'almanac' }),
    port: port(7233),
    uiPort: port(8233),
  }, { ...closed, default: {} }),
  cassandra: Type.Object({
    contactPoints: Type.Optional(Type.Array(Type.String())),
    /** Where the cluster asks who comes: the password is the content of a file, and never stands here. */
    credentials: Type.Optional(Type.Object({ username: Type.String({ minLength: 1 }), passwordFile: Type.String({ minLength: 1 }) }, closed)),
    port: port(9042),
    /** Of the embedded node, for other nodes; only ever on loopback. */
    storagePort: port(7000),
    keyspace: Type.String({ pattern: '^[a-z][a-z0-9_]{0,47}$', default: 'almanac' }),
    localDataCenter: Type.String({ default: 'datacenter1' }),
    replicationFactor: Type.Integer({ minimum: 1, maximum: 9, default: 1 }),
    heapMb: Type.Integer({ minimum: 256, default: 512 }),
  }, { ...closed, default: {} }),
  modelServer: ModelServerSchema,
  endpoint: Type.Object({
    address: Type.Optional(Type.String()),
    host: Type.String({ default: '127.0.0.1' }),
    port: port(8600),
    requestsPerMinute: Type.Integer({ minimum: 1, default: 6000 }),
    /** Keys that open what this endpoint serves, instead of those of the store: written by the Kubernetes publisher. */
    keysFile: Type.Optional(Type.String({ minLength: 1 })),
    keyGraceHours: Type.Integer({ minimum: 0, default: 168 }),
  }, { ...closed, default: {} }),
  /** Answers for `rollups`, where there are any. */
  rollupServer: RollupServerSchema,
  publisher: PublisherSchema,
  worker: WorkerSchema,
  notify: Type.Object({ webhook: Type.Optional(Type.String()) }, { ...closed, default: {} }),
  /** What is looked at each minute, and started again when it does not answer. */
  health: HealthSchema,
  maximumLiveWeeks: Type.Integer({ minimum: 1, maximum: 104, default: 26 }),
  properties: Type.Record(name, PropertySchema),
  /** Numeric series, rolled up by minutes, hours and days. A name is a property's or a rollup's. */
  rollups: Type.Record(name, RollupSchema, { default: {} }),
}, closed);

export type Config = Static<typeof ConfigSchema>;
export type PropertyConfig = Static<typeof PropertySchema>;
export type RollupConfig = Static<typeof RollupSchema>;
export type SourceConfig = PropertyConfig['source'];
export type ArtifactsConfig = Config['artifacts'];
export type PublisherConfig = Config['publisher'];
export type HealthConfig = Config['health'];
