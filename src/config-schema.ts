import { Type, type Static } from 'typebox';

/** The shape of `almanac.yaml`, with every default written here and nowhere else. */

const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const clock = (fallback: string) => Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', default: fallback });
const port = (fallback: number) => Type.Integer({ minimum: 1, maximum: 65535, default: fallback });
const closed = { additionalProperties: false };

const Calendar = Type.Object({
  firstDay: day,
  lastDay: Type.Optional(day),
  closedWeekdays: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { default: [] }),
  closedDays: Type.Array(day, { default: [] }),
}, closed);

const FileSource = Type.Object({
  kind: Type.Literal('files'),
  folder: Type.String({ minLength: 1 }),
  /** One file a day when it holds `{day}`, else one file for all days. */
  file: Type.String({ minLength: 1 }),
  format: Type.Union([Type.Literal('csv'), Type.Literal('ndjson')], { default: 'csv' }),
  delimiter: Type.Optional(Type.String({ minLength: 1 })),
  /** Column map; its own schema is `src/domain/activity/column-map.ts`. */
  columns: Type.Record(Type.String(), Type.Unknown()),
}, closed);

const projectId = Type.String({ pattern: '^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$' });
const paramName = (fallback?: string) => Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,99}$', ...(fallback === undefined ? {} : { default: fallback }) });
const columnPath = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)*$' });
const credentialsFile = <Kind extends string>(kind: Kind) => Type.Object({ kind: Type.Literal(kind), file: Type.String({ minLength: 1 }) }, closed);

/** The shapes of `source.credentials` by their `kind`. */
export const CredentialSchemas = {
  'application-default': Type.Object({ kind: Type.Literal('application-default') }, closed),
  'service-account-file': credentialsFile('service-account-file'),
  'workload-identity-file': credentialsFile('workload-identity-file'),
  none: Type.Object({ kind: Type.Literal('none') }, closed),
} as const;

const credentials = Type.Union([CredentialSchemas['application-default'], CredentialSchemas['service-account-file'], CredentialSchemas['workload-identity-file'], CredentialSchemas.none], { default: { kind: 'application-default' } });
const rootUrl = Type.Optional(Type.String({ pattern: '^https?://' }));
const propertyId = Type.String({ pattern: '^\\d{1,20}$' });
/** Requests of all workers together: Google allows ten to everybody who asks, dashboards included. */
const concurrentRequests = Type.Integer({ minimum: 1, maximum: 50, default: 5 });

const Ga4ExportSource = Type.Object({
  kind: Type.Literal('ga4-export'),
  /** Google Cloud project that holds the dataset. */
  project: projectId,
  /** `analytics_<property id>` */
  dataset: Type.String({ pattern: '^[A-Za-z0-9_]{1,1024}$' }),
  /** Where queries run and are paid; `project` unless said. */
  billingProject: Type.Optional(projectId),
  /** Of the dataset, `EU` or `europe-west3`; asked from Google unless said. */
  location: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]+$' })),
  /** Files are named here; what is in them stays there. */
  credentials,
  /** A day's query that would cost more does not run. Google bills 10 MB at least. */
  maximumBytesBilled: Type.Integer({ minimum: 10_485_760, default: 10_737_418_240 }),
  /** Local time of the next day from which a day without its daily table is read from what streaming brought. */
  dailyTableBy: clock('18:00'),
  person: Type.Union([Type.Literal('user_pseudo_id'), Type.Literal('user_id')], { default: 'user_pseudo_id' }),
  /** What an event is worth: a parameter, or a column such as `event_value_in_usd`. */
  value: Type.Union([Type.Object({ param: paramName() }, closed), Type.Object({ column: columnPath }, closed)], { default: { param: 'value' } }),
  /** The parameter that groups events. */
  session: paramName('ga_session_id'),
  /** Further parameters that are kept with the event. */
  params: Type.Array(paramName(), { default: [] }),
  /** Further columns that are kept with the event, such as `device.category`: each is paid for. */
  columns: Type.Array(columnPath, { default: [] }),
  /** The Data API, whose figures every final day is compared with; not asked unless said. */
  dataApi: Type.Optional(Type.Object({ propertyId, concurrentRequests, rootUrl }, closed)),
  /** Another server than Google's. */
  rootUrl,
}, closed);

/** For properties without an export, whose site sends the client id as a user property. */
const Ga4DataApiSource = Type.Object({
  kind: Type.Literal('ga4-data-api'),
  propertyId,
  /** The user property, registered as a user-scoped custom dimension, that carries the client id. */
  person: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,23}$' }),
  credentials,
  concurrentRequests,
  rootUrl,
}, closed);

/** The shapes of `source` by its `kind`. */
export const SourceSchemas = { files: FileSource, 'ga4-data-api': Ga4DataApiSource, 'ga4-export': Ga4ExportSource } as const;

const Churn = Type.Object({
  horizonDays: Type.Integer({ minimum: 1, maximum: 730, default: 60 }),
  minimumHistoryDays: Type.Integer({ minimum: 1, maximum: 730, default: 21 }),
  minimumEvents: Type.Integer({ minimum: 1, maximum: 1000, default: 2 }),
  label: Type.Union([
    Type.Object({ kind: Type.Literal('horizon') }, closed),
    Type.Object({ kind: Type.Literal('fixed-days'), days: Type.Integer({ minimum: 1 }) }, closed),
    Type.Object({ kind: Type.Literal('mean-gap') }, closed),
  ], { default: { kind: 'horizon' } }),
  trainOn: Type.Union([Type.Literal('pooled-snapshots'), Type.Literal('all-veterans')], { default: 'pooled-snapshots' }),
  maximumSnapshotWeeks: Type.Integer({ minimum: 1, maximum: 520, default: 104 }),
}, { ...closed, default: {} });

/** `warn` is shown, `fail` holds the week until the data is right or a person says why it may go on. */
const limits = (warn: number, fail: number, bounds: { minimum?: number; maximum?: number } = { minimum: 0, maximum: 1 }) =>
  Type.Object({ warn: Type.Number({ ...bounds, default: warn }), fail: Type.Number({ ...bounds, default: fail }) }, { ...closed, default: {} });

const Checks = Type.Object({
  /** Share of a day's records that may be quarantined before the day is `bad-rows`. */
  badRowShare: Type.Number({ minimum: 0, maximum: 1, default: 0.05 }),
  /** Share of the usual volume of the weekday, below; a day that fails is `low-volume`. 0 switches a level off. */
  volume: limits(0.3, 0.05),
  /** The older setting of the same check, without a warning; wins where it is given. */
  lowVolumeShare: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** Days of history before volume and names of events are judged. */
  volumeHistoryDays: Type.Integer({ minimum: 1, maximum: 365, default: 14 }),
  /** `final` where a day on which nothing happens is ordinary; `hold` makes its week wait. */
  emptyDays: Type.Union([Type.Literal('hold'), Type.Literal('final')], { default: 'hold' }),
  /** Records a day needs before shares of them are judged. */
  leastRecords: Type.Integer({ minimum: 0, default: 20 }),
  /** Share of a day's records that name no person, above. 1 switches a level off, here and where it says "above". */
  unknownPeople: limits(0.8, 0.98),
  /** Event names that every day should have. */
  expectedEvents: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { default: [] }),
  /** Share of the expected names that do not occur, above. */
  missingEvents: limits(0, 0),
  /** Share of the recent past's events that a name had which is gone while a new one of about its volume came, above. */
  renamedEvent: limits(0.05, 0.2),
  /** Rows that train, below. Without any there is no model, whatever is decided. */
  zeroLabels: limits(200, 1, { minimum: 1 }),
  /** Rows that train of the rarer kind, below. Without any there is no model. */
  oneClass: limits(20, 1, { minimum: 1 }),
  /** Share of rows on which a feature has one and the same value, and had not in the release before, above. */
  constantFeature: limits(0.995, 0.995),
  /** Share of rows on which a feature is 0, and was not in the release before, above. */
  missingFeature: limits(0.995, 0.995),
  /** Shares by which a final day may differ from Google's reports and still agree. Their people and sessions are estimates, ±1.6 % and ±3.3 % in 95 of 100 cases. */
  reconciliation: Type.Object({
    people: Type.Number({ minimum: 0, maximum: 1, default: 0.03 }),
    sessions: Type.Number({ minimum: 0, maximum: 1, default: 0.05 }),
    events: Type.Number({ minimum: 0, maximum: 1, default: 0.02 }),
  }, { ...closed, default: {} }),
}, { ...closed, default: {} });

const Training = Type.Object({
  seed: Type.Integer({ minimum: 0, default: 42 }),
  evaluationSnapshots: Type.Integer({ minimum: 1, maximum: 52, default: 8 }),
  /** Penalty beside the summed loss on standardised features; its exact value hardly matters (0.655…0.662 from 60 to 2000). */
  l2: Type.Number({ minimum: 0, default: 100 }),
  dense: Type.Boolean({ default: true }),
  denseEpochs: Type.Integer({ minimum: 1, maximum: 500, default: 10 }),
  timeoutMinutes: Type.Integer({ minimum: 1, maximum: 1440, default: 30 }),
  memoryMb: Type.Integer({ minimum: 256, default: 2048 }),
}, { ...closed, default: {} });

const Schedules = Type.Object({
  paused: Type.Boolean({ default: false }),
  note: Type.Optional(Type.String()),
  /** Where clocks change, they do so before 04:00: these times exist once on every day. */
  ingestAt: clock('04:00'),
  weekAt: clock('05:00'),
  /** Days before yesterday that are looked at again until they are final. */
  lookBackDays: Type.Integer({ minimum: 0, maximum: 30, default: 3 }),
  /** A week is late, and people are told, when it waits for its days or is built for so long. */
  lateAfterHours: Type.Integer({ minimum: 1, maximum: 168, default: 6 }),
}, { ...closed, default: {} });

export const PropertySchema = Type.Object({
  timeZone: Type.String({ minLength: 1 }),
  shards: Type.Integer({ minimum: 1, maximum: 1024, default: 8 }),
  calendar: Calendar,
  source: Type.Union([FileSource, Ga4DataApiSource, Ga4ExportSource]),
  churn: Churn,
  checks: Checks,
  training: Training,
  approval: Type.Union([Type.Literal('auto'), Type.Literal('manual')], { default: 'auto' }),
  /** `provisional` builds a week from days that their source may still change, marks it, and builds it once more when they are final. */
  finality: Type.Union([Type.Literal('final'), Type.Literal('provisional')], { default: 'final' }),
  keepServing: Type.Integer({ minimum: 1, maximum: 26, default: 8 }),
  schedules: Schedules,
}, closed);

const ArtifactFolder = Type.Object({ kind: Type.Literal('folder') }, closed);

const ArtifactBucket = Type.Object({
  kind: Type.Literal('s3'),
  bucket: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$' }),
  /** Before every name. */
  prefix: Type.String({ pattern: '^([A-Za-z0-9._-]+/)*$', default: '' }),
  /** The SDK's own (AWS_REGION, profile) unless said. */
  region: Type.Optional(Type.String({ pattern: '^[a-z0-9-]+$' })),
  /** Of a server that is not Amazon's. */
  endpoint: Type.Optional(Type.String({ pattern: '^https?://[^/@]+/?$' })),
  /** Unless said, what the SDK finds: AWS_ACCESS_KEY_ID, AWS_PROFILE, a role of the machine. The secret is the content of a file, and never stands here. */
  credentials: Type.Optional(Type.Object({ accessKeyId: Type.String({ minLength: 1 }), secretKeyFile: Type.String({ minLength: 1 }) }, closed)),
}, closed);

const EmbeddedPublisher = Type.Object({ kind: Type.Literal('embedded') }, closed);
const dnsLabel = Type.String({ pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' });
const hostName = Type.String({ pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$' });
const quantity = (fallback: string) => Type.String({ pattern: '^\\d+(\\.\\d+)?(m|Ki|Mi|Gi|k|M|G)?$', default: fallback });
const KubernetesPublisher = Type.Object({
  kind: Type.Literal('kubernetes'),
  /** Made by an administrator, with the rights of k8s/publisher.yaml. */
  namespace: dnsLabel,
  /** Runs the role `endpoint`; `imagePullSecret` names a Secret of the namespace. */
  image: Type.String({ minLength: 1 }),
  imagePullPolicy: Type.Union([Type.Literal('Always'), Type.Literal('IfNotPresent'), Type.Literal('Never')], { default: 'IfNotPresent' }),
  imagePullSecret: Type.Optional(dnsLabel),
  /** A file; else KUBECONFIG, the one at home, or the account of the pod that the worker runs in. */
  kubeconfig: Type.Optional(Type.String({ minLength: 1 })),
  context: Type.Optional(Type.String({ minLength: 1 })),
  /** Pods of one week; with `most` above `least` an autoscaler decides. */
  replicas: Type.Object({ least: Type.Integer({ minimum: 1, maximum: 100, default: 1 }), most: Type.Integer({ minimum: 1, maximum: 100, default: 1 }) }, { ...closed, default: {} }),
  resources: Type.Object({ cpu: quantity('100m'), memory: quantity('256Mi') }, { ...closed, default: {} }),
  /** What people are told, `https://scores.example.com`; the Service's name in the cluster unless said. */
  address: Type.Optional(Type.String({ pattern: '^https?://[^/@]+$' })),
  ingress: Type.Optional(Type.Object({ host: hostName, className: Type.Optional(dnsLabel), tlsSecret: Type.Optional(dnsLabel) }, closed)),
  gateway: Type.Optional(Type.Object({ name: dnsLabel, namespace: Type.Optional(dnsLabel), host: hostName }, closed)),
  /** How pods reach Cassandra, `host` or `host:port`; as the worker does unless said. */
  cassandra: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
  /** How long pods may take to become ready. */
  rolloutSeconds: Type.Integer({ minimum: 5, maximum: 480, default: 120 }),
}, closed);

/** The shapes of `publisher` by its `kind`. */
export const PublisherSchemas = { embedded: EmbeddedPublisher, kubernetes: KubernetesPublisher } as const;

/** The shapes of `artifacts` by its `kind`. */
export const ArtifactSchemas = { folder: ArtifactFolder, s3: ArtifactBucket } as const;

const ChildProcessRunner = Type.Object({ kind: Type.Literal('child-process') }, closed);

const DockerRunner = Type.Object({
  kind: Type.Literal('docker'),
  /** Built or pulled before; never pulled by a job. */
  image: Type.String({ pattern: '^[a-z0-9][A-Za-z0-9._/:@-]*$', default: 'almanac:0.1.0' }),
  /** Of the daemon on this machine. */
  socket: Type.String({ pattern: '^/', default: '/var/run/docker.sock' }),
}, closed);

/** The shapes of `runner` by its `kind`. */
export const RunnerSchemas = { 'child-process': ChildProcessRunner, docker: DockerRunner } as const;

export const ConfigSchema = Type.Object({
  home: Type.String({ default: '.almanac' }),
  /** Where big things that are not rows are kept: datasets, models, reports. `folder` is `artifacts` of the home. */
  artifacts: Type.Union([ArtifactFolder, ArtifactBucket], { default: { kind: 'folder' } }),
  /** Where training runs. */
  runner: Type.Union([ChildProcessRunner, DockerRunner], { default: { kind: 'child-process' } }),
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
  modelServer: Type.Object({ address: Type.Optional(Type.String()), port: port(8501) }, { ...closed, default: {} }),
  endpoint: Type.Object({
    address: Type.Optional(Type.String()),
    host: Type.String({ default: '127.0.0.1' }),
    port: port(8600),
    requestsPerMinute: Type.Integer({ minimum: 1, default: 6000 }),
    /** Keys that open what this endpoint serves, instead of those of the store: written by the Kubernetes publisher. */
    keysFile: Type.Optional(Type.String({ minLength: 1 })),
    keyGraceHours: Type.Integer({ minimum: 0, default: 168 }),
  }, { ...closed, default: {} }),
  /** Where weeks are served. `embedded`: one endpoint process for all, started with the worker. */
  publisher: Type.Union([EmbeddedPublisher, KubernetesPublisher], { default: { kind: 'embedded' } }),
  worker: Type.Object({
    metricsPort: port(8602),
    /** Rows a chunk of ingest writes between two heartbeats. */
    chunkRows: Type.Integer({ minimum: 100, maximum: 50_000, default: 5000 }),
    daysAtOnce: Type.Integer({ minimum: 1, maximum: 64, default: 4 }),
    shardsAtOnce: Type.Integer({ minimum: 1, maximum: 64, default: 2 }),
  }, { ...closed, default: {} }),
  notify: Type.Object({ webhook: Type.Optional(Type.String()) }, { ...closed, default: {} }),
  maximumLiveWeeks: Type.Integer({ minimum: 1, maximum: 104, default: 26 }),
  properties: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }), PropertySchema),
}, closed);

export type Config = Static<typeof ConfigSchema>;
export type PropertyConfig = Static<typeof PropertySchema>;
export type SourceConfig = PropertyConfig['source'];
export type ArtifactsConfig = Config['artifacts'];
export type PublisherConfig = Config['publisher'];
