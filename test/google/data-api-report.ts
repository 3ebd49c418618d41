import { compareUsers } from '../../src/domain/activity/user-order.ts';
import { GoogleRefusal } from './refusal.ts';
import type { Ga4Row } from './ga4-schema.ts';

export interface ReportAsked {
  readonly dimensions?: readonly { readonly name: string }[];
  readonly metrics?: readonly { readonly name: string }[];
  readonly dateRanges?: readonly { readonly startDate: string; readonly endDate: string }[];
  readonly orderBys?: readonly { readonly dimension?: { readonly dimensionName: string } }[];
  readonly metricAggregations?: readonly string[];
  readonly offset?: string;
  readonly limit?: string;
}

type Row = { readonly dimensions: readonly string[]; readonly metrics: readonly string[] };
type Param = { readonly key: string; readonly value: { readonly [type: string]: unknown } };

const paramOf = (row: Ga4Row, key: string): unknown => Object.values((row.event_params as unknown as readonly Param[]).find((param) => param.key === key)?.value ?? {})[0];

const dimensionOf: Readonly<Record<string, (row: Ga4Row) => string>> = {
  eventName: (row) => String(row.event_name),
  'customUser:client_id': (row) => String(row.user_pseudo_id ?? '(not set)'),
};

const distinct = (values: readonly unknown[]): string => String(new Set(values.filter((value) => value !== null)).size);
const metricOf: Readonly<Record<string, (rows: readonly Ga4Row[]) => string>> = {
  eventCount: (rows) => String(rows.length),
  eventValue: (rows) => String(rows.reduce((sum, row) => sum + Number(paramOf(row, 'value') ?? 0), 0)),
  totalUsers: (rows) => distinct(rows.map((row) => row.user_pseudo_id)),
  sessions: (rows) => distinct(rows.map((row) => (row.user_pseudo_id === null ? null : `${String(row.user_pseudo_id)} ${String(paramOf(row, 'ga_session_id'))}`))),
};

/** The report that is asked for over a day's rows, in the shapes of `runReport`; a bad question is refused as Google does. */
export function reportOf(asked: ReportAsked, rowsOfDay: (day: string) => readonly Ga4Row[] | undefined): { answer: Record<string, unknown>; start: number; rows: number } {
  const [dimensions, metrics] = [(asked.dimensions ?? []).map(({ name }) => name), (asked.metrics ?? []).map(({ name }) => name)];
  const bad = (message: string): GoogleRefusal => new GoogleRefusal(400, 'INVALID_ARGUMENT', message);
  for (const name of dimensions) if (!dimensionOf[name]) throw bad(`Field ${name} is not a valid dimension. For a list of valid dimensions and metrics, see https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema`);
  for (const name of metrics) if (!metricOf[name]) throw bad(`Field ${name} is not a valid metric.`);
  const [range] = asked.dateRanges ?? [];
  if (!range || range.startDate !== range.endDate) throw bad('one closed day is expected');
  if (Number(asked.limit ?? 10_000) > 250_000) throw bad('limit is above 250000');
  if (dimensions.some((name) => !asked.orderBys?.some((order) => order.dimension?.dimensionName === name))) throw bad('the order has ties');
  const all = rowsOfDay(range.startDate) ?? [];
  const groups = new Map<string, Ga4Row[]>();
  for (const row of all) {
    const key = JSON.stringify(dimensions.map((name) => dimensionOf[name]?.(row)));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const wire = ({ dimensions: values, metrics: figures }: Row) => ({ ...(values.length > 0 ? { dimensionValues: values.map((value) => ({ value })) } : {}), metricValues: figures.map((value) => ({ value })) });
  const figures = (rows: readonly Ga4Row[]) => metrics.map((name) => metricOf[name]?.(rows) ?? '');
  const rows: Row[] = [...groups].map(([key, members]) => ({ dimensions: JSON.parse(key) as string[], metrics: figures(members) })).sort(byDimensions);
  const start = Number(asked.offset ?? 0);
  const page = rows.slice(start, start + Number(asked.limit ?? 10_000));
  return {
    start, rows: page.length,
    answer: {
      ...(dimensions.length > 0 ? { dimensionHeaders: dimensions.map((name) => ({ name })) } : {}),
      metricHeaders: metrics.map((name) => ({ name, type: 'TYPE_INTEGER' })),
      ...(page.length > 0 ? { rows: page.map(wire) } : {}),
      ...(asked.metricAggregations?.includes('TOTAL') && rows.length > 0 ? { totals: [wire({ dimensions: dimensions.map(() => 'RESERVED_TOTAL'), metrics: figures(all) })] } : {}),
      ...(rows.length > 0 ? { rowCount: rows.length } : {}),
    },
  };
}

function byDimensions(a: Row, b: Row): number {
  for (const [at, value] of a.dimensions.entries()) {
    const order = compareUsers(value, b.dimensions[at] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}
