import { Type } from 'typebox';
import { closed, day } from './fragments.ts';

const Retention = Type.Object({
  /**
   * Days after they were written; 0 keeps for good. Holds for what is written from now on: what was written before goes when
   * it was due. What a bucket is built from must outlive the time in which late readings open it again.
   */
  readingDays: Type.Integer({ minimum: 0, maximum: 3650, default: 8 }),
  minuteDays: Type.Integer({ minimum: 0, maximum: 3650, default: 35 }),
  hourDays: Type.Integer({ minimum: 0, maximum: 3650, default: 400 }),
}, { ...closed, default: {} });

const WorkerEngine = Type.Object({ kind: Type.Literal('worker') }, closed);

/** Many buckets at once are a job of Spark; both engines write the same rows, so this may be changed at any time. */
const SparkEngine = Type.Object({
  kind: Type.Literal('spark'),
  /** `local[2]` runs it in the job's own process, on loopback; else the address of a cluster's master, such as `spark://host:7077` or `yarn`. */
  master: Type.String({ minLength: 1, default: 'local[2]' }),
  /** Where a cluster's executors reach the driver, which runs beside the worker. Of no use to `local`. */
  driverHost: Type.Optional(Type.String({ minLength: 1 })),
  /** SPARK_HOME of a Spark 3.5 with its Python, and the folder with the jars of its connector to Cassandra; else the ones that are pinned, which `npm start` obtains then. */
  home: Type.Optional(Type.String({ minLength: 1 })),
  connector: Type.Optional(Type.String({ minLength: 1 })),
  /** Python 3.8 or newer, for the driver; executors need none. */
  python: Type.String({ minLength: 1, default: 'python3' }),
  /** A file of Spark's own settings (`spark-defaults.conf`): where its secrets stand, they are in a file that only the worker reads. */
  settingsFile: Type.Optional(Type.String({ minLength: 1 })),
  /** Fewer buckets than these the worker builds itself: a job takes ten seconds to begin. */
  leastBuckets: Type.Integer({ minimum: 1, default: 120 }),
  timeoutMinutes: Type.Integer({ minimum: 1, maximum: 230, default: 60 }),
  /** Of the driver, and of all of `local`. */
  memoryMb: Type.Integer({ minimum: 1024, default: 2048 }),
}, closed);

/** The shapes of `engine` by its `kind`. */
export const EngineSchemas = { worker: WorkerEngine, spark: SparkEngine } as const;

/** One entry of `rollups`: a numeric series of members on platforms. */
export const RollupSchema = Type.Object({
  /** Whose days are days. Whole hours from UTC, because a day is made of hours in UTC. */
  timeZone: Type.String({ minLength: 1, default: 'UTC' }),
  firstDay: day,
  platforms: Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,31}$' }), { minItems: 1, maxItems: 32, uniqueItems: true }),
  /** Seconds from one reading of a member on a platform to the next: what is complete is measured by it. */
  everySeconds: Type.Integer({ minimum: 1, maximum: 86_400, default: 1 }),
  /** Parts of the members that are built on their own; fixed for life. */
  shards: Type.Integer({ minimum: 1, maximum: 64, default: 4 }),
  /** `mean-of-means`: from hours on a mean is that of the means below, as an older definition had it. */
  semantics: Type.Union([Type.Literal('exact'), Type.Literal('mean-of-means')], { default: 'exact' }),
  /** What totals by category are of: `mean` for standings such as followers, `sum` for amounts such as tweets. */
  measure: Type.Union([Type.Literal('mean'), Type.Literal('sum')], { default: 'mean' }),
  /** A reading of a minute that is built opens it again for so long, by the data's own clock; later ones are kept aside. */
  allowedLatenessHours: Type.Integer({ minimum: 0, maximum: 168, default: 24 }),
  retention: Retention,
  /** What builds buckets. */
  engine: Type.Union([WorkerEngine, SparkEngine], { default: { kind: 'worker' } }),
  schedules: Type.Object({ paused: Type.Boolean({ default: false }), note: Type.Optional(Type.String()) }, { ...closed, default: {} }),
}, closed);
