import { Type } from 'typebox';
import { clock, closed } from './fragments.ts';

/** Where a property's activity comes from. */

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

export const SourceSchema = Type.Union([FileSource, Ga4DataApiSource, Ga4ExportSource]);
