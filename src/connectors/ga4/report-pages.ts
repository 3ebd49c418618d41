import { marksOf, type ReportMark } from '../../domain/activity/ga4/report-marks.ts';
import { compareUsers } from '../../domain/activity/user-order.ts';
import { Failure } from '../../domain/failure.ts';
import type { Day } from '../../domain/calendar/day.ts';
import type { ReportRow } from '../../domain/activity/ga4/person-report.ts';
import type { DataApi, Report, ReportRequest } from './data-api.ts';

export interface ReportPage {
  readonly rows: readonly ReportRow[];
  /** Of the whole report. */
  readonly rowCount: number;
  /** Property, number of rows and totals: the same version is the same report, as far as Google lets us see. */
  readonly version: string;
  readonly marks: readonly ReportMark[];
  /** The zone by which the property sorts events into days; empty when it was not said. */
  readonly timeZone: string;
}

export interface PageAsked {
  readonly day: Day;
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
  readonly offset: number;
  /** At most 250,000, says Google. */
  readonly limit: number;
  /** The row before `offset` where it is known. */
  readonly last?: ReportRow | null;
  readonly signal?: AbortSignal;
}

/**
 * One page of a report about one closed day, in an order without ties: by every dimension, by code points. A page that is
 * not whole, out of turn or came before fails as `source-unavailable`. Totals are asked for with every page, because the
 * number of rows alone stays the same when figures move.
 */
export async function readReportPage(api: DataApi, { day, dimensions, metrics, offset, limit, last = null, signal }: PageAsked): Promise<ReportPage> {
  const what = `rows from ${offset} on of the report of day ${day} of ${api.name}`;
  const request: ReportRequest = {
    dateRanges: [{ startDate: day, endDate: day }],
    dimensions: dimensions.map((name) => ({ name })),
    metrics: metrics.map((name) => ({ name })),
    orderBys: dimensions.map((dimensionName) => ({ dimension: { dimensionName, orderType: 'ALPHANUMERIC' } })),
    ...(dimensions.length > 0 ? { metricAggregations: ['TOTAL'] } : {}),
    offset: String(offset),
    limit: String(limit),
  };
  const report = await api.runReport(request, what, signal);
  const broken = (sentence: string): Failure => new Failure('source-unavailable', `Google's answer for ${what} ${sentence}; it is asked again`, { isFinal: false });
  const rowCount = report.rowCount ?? 0; // nothing of 0 is written
  const rows = rowsOf(report, dimensions, metrics, broken);
  const due = Math.max(0, Math.min(limit, rowCount - offset));
  if (rows.length !== due) throw broken(`has ${rows.length} rows where ${due} of ${rowCount} are due`);
  rows.reduce<ReportRow | null>((before, row) => {
    if (before && compareRows(before, row) >= 0) throw broken('repeats rows or is out of order');
    return row;
  }, last);
  const totals = (report.totals?.[0]?.metricValues ?? []).map(({ value }) => roundedTotal(value ?? ''));
  return { rows, rowCount, version: [api.name, String(rowCount), ...totals].join(' '), marks: marksOf(report.metadata), timeZone: report.metadata?.timeZone ?? '' };
}

/**
 * To 12 significant digits: a sum of floating point numbers differs in its last ones by the order in which they were added,
 * which is nobody's to know, and a day would be read again for nothing. Counts are far below that, and cents up to ten billion are exact.
 */
function roundedTotal(text: string): string {
  const total = text === '' ? NaN : Number(text);
  return Number.isFinite(total) ? String(Number(total.toPrecision(12))) : text;
}

function rowsOf({ dimensionHeaders, metricHeaders, rows }: Report, dimensions: readonly string[], metrics: readonly string[], broken: (sentence: string) => Failure): ReportRow[] {
  if (!rows || rows.length === 0) return [];
  const isAsked = (headers: readonly { name?: string | null }[] | undefined, names: readonly string[]): boolean => (headers ?? []).map(({ name }) => name).join() === names.join();
  if (!isAsked(dimensionHeaders, dimensions) || !isAsked(metricHeaders, metrics)) throw broken('has other columns than were asked for');
  return rows.map(({ dimensionValues, metricValues }) => {
    const row = { dimensions: (dimensionValues ?? []).map(({ value }) => value ?? ''), metrics: (metricValues ?? []).map(({ value }) => value ?? '') };
    if (row.dimensions.length !== dimensions.length || row.metrics.length !== metrics.length) throw broken('has rows without all of their columns');
    return row;
  });
}

function compareRows(a: ReportRow, b: ReportRow): number {
  for (const [at, value] of a.dimensions.entries()) {
    const order = compareUsers(value, b.dimensions[at] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}
