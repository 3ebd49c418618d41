import { compareExported } from '../../domain/activity/ga4/exported-row.ts';
import { readWireRow, type TableField, type TableRow } from '../../domain/activity/ga4/wire-row.ts';
import { Failure } from '../../domain/failure.ts';
import { viewerOf, type ExportPlace } from './export-tables.ts';
import type { bigquery_v2 } from 'googleapis/build/src/apis/bigquery/index.js';
import type { BigQuery } from './bigquery.ts';
import type { DayJob } from './day-job.ts';

export interface PageOptions {
  readonly bigQuery: BigQuery;
  readonly place: ExportPlace;
  readonly job: DayJob;
  readonly pageRows: number;
  readonly signal: AbortSignal;
}

export interface ResultPage {
  readonly rows: readonly TableRow[];
  readonly next: PageStart | null;
}

/** Where a page begins: a row's number for the first page of a read, the page before it for the others. */
export type PageStart = { readonly position: number; readonly token: string | null; readonly last: TableRow | null };

/**
 * One page of a job's results. The rows are in the total order of the query, so a page that came twice, out of turn or
 * not whole is told by its rows: each fails as `source-unavailable`, and whoever tries again begins with a row's number.
 * Null when the results are no longer kept.
 */
export async function readPage({ bigQuery, place, job, pageRows, signal }: PageOptions, { position, token, last }: PageStart): Promise<ResultPage | null> {
  const question = { what: `rows from ${position} on of job ${job.id}`, permission: viewerOf(place) };
  const { data } = await bigQuery.ask({ ...question, prepared: [404], signal }, (api, options) =>
    api.jobs.getQueryResults({
      projectId: place.billingProject, jobId: job.id, location: job.location, maxResults: pageRows,
      ...(token !== null ? { pageToken: token } : position > 0 ? { startIndex: String(position) } : {}),
    }, options));
  if (!data) return null;
  const broken = (sentence: string): Failure => new Failure('source-unavailable', `Google's answer for ${question.what} ${sentence}; it is asked again`, { isFinal: false });
  const total = Number(data.totalRows);
  if (!data.jobComplete || !Number.isSafeInteger(total)) throw broken('says neither that it is whole nor how many rows there are');
  const rows = rowsOf(data, broken);
  rows.reduce<TableRow | null>((before, row) => {
    if (before && compareExported(before, row) >= 0) throw broken('repeats rows or is out of order');
    return row;
  }, last);
  const reached = position + rows.length;
  if (reached > total) throw broken(`has more rows than the ${total} of the job`);
  if (!data.pageToken) {
    if (reached < total && position < total) throw broken(`ends at row ${reached} of ${total}`);
    return { rows, next: null };
  }
  if (reached === total) return { rows, next: null };
  if (data.pageToken === token || rows.length === 0) throw broken('points back at itself: its page token leads nowhere');
  return { rows, next: { position: reached, token: data.pageToken, last: rows.at(-1) ?? last } };
}

function rowsOf(data: bigquery_v2.Schema$GetQueryResultsResponse, broken: (sentence: string) => Failure): TableRow[] {
  const fields = (data.schema?.fields ?? []) as TableField[];
  try {
    return (data.rows ?? []).map((row) => readWireRow(fields, row));
  } catch (error) {
    throw broken(`cannot be understood (${(error as Error).message})`);
  }
}
