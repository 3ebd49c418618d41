import { dayQuery, missingColumns, unknownColumns } from '../../domain/activity/ga4/day-query.ts';
import { deadlineOf, type ExportClock } from '../../domain/activity/ga4/choose-table.ts';
import { readTableId, tableOf, type TableKind } from '../../domain/activity/ga4/day-tables.ts';
import { readWireRow } from '../../domain/activity/ga4/wire-row.ts';
import { dayOf, type Day } from '../../domain/calendar/day.ts';
import { Failure } from '../../domain/failure.ts';
import { priceOf } from './day-job.ts';
import { questionOf, viewerOf, type ExportPlace, type ExportTable, type ExportTables } from './export-tables.ts';
import type { ExportMap } from '../../domain/activity/ga4/export-map.ts';
import type { SourceFinding } from '../../ports/activity-source.ts';
import type { BigQuery } from './bigquery.ts';

export interface CheckOptions {
  readonly bigQuery: BigQuery;
  readonly tables: ExportTables;
  readonly place: ExportPlace;
  readonly map: ExportMap;
  readonly clock: ExportClock;
  readonly location?: string;
  readonly maximumBytesBilled: number;
  readonly now: () => number;
}

const daysLookedAt = 62;
const mostListPages = 50;
const rowsLookedAt = 1000;
const noSignal = new AbortController().signal;

/** What somebody who connects a property needs to hear before the first run. Costs nothing: no query runs. */
export async function checkExport(options: CheckOptions, days: readonly Day[]): Promise<readonly SourceFinding[]> {
  const findings: SourceFinding[] = [];
  try {
    if (!(await checkDataset(options, findings))) return findings;
    const newest = await checkDays(options, days, findings);
    const table = newest && (await options.tables.find(newest.kind, newest.day));
    if (!newest || !table) return findings;
    await checkRows(options, newest.day, table, findings);
    await checkQuery(options, table, findings);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    findings.push({ level: 'error', sentence: error.message });
  }
  return findings;
}

async function checkDataset({ bigQuery, place, location }: CheckOptions, findings: SourceFinding[]): Promise<boolean> {
  const { project, dataset } = place;
  const { data } = await bigQuery.ask({ what: `dataset ${dataset} of project ${project}`, permission: viewerOf(place), prepared: [404] }, (api, options) => api.datasets.get({ projectId: project, datasetId: dataset }, options));
  if (!data) {
    findings.push({ level: 'error', sentence: `there is no dataset ${project}.${dataset}: link the property in Google Analytics (Admin, Product links, BigQuery links); Google makes the dataset within a day` });
    return false;
  }
  if (location !== undefined && data.location && location.toLowerCase() !== data.location.toLowerCase()) {
    findings.push({ level: 'error', sentence: `dataset ${project}.${dataset} lies in ${data.location}, location of the source is ${location}: correct it or leave it out` });
    return false;
  }
  findings.push({ level: 'ok', sentence: `dataset ${project}.${dataset} is there and may be read (${data.location ?? 'location unknown'})` });
  return true;
}

/** Says which of the newest days are there and how; the newest one with a table. */
async function checkDays(options: CheckOptions, days: readonly Day[], findings: SourceFinding[]): Promise<{ kind: TableKind; day: Day } | null> {
  const { clock, place, now } = options;
  const present = new Map<string, TableKind[]>();
  for (const id of await listTables(options)) {
    const table = readTableId(id);
    if (table) present.set(table.day, [...(present.get(table.day) ?? []), table.kind]);
  }
  const due = days.slice(-daysLookedAt).filter((day) => now() * 1000 >= deadlineOf(day, clock));
  const daily = due.filter((day) => present.get(day)?.includes('daily'));
  const onlyStreamed = due.filter((day) => present.has(day) && !daily.includes(day));
  const missing = due.filter((day) => !present.has(day));
  if (present.size === 0) findings.push({ level: 'error', sentence: `dataset ${place.project}.${place.dataset} has no table of the export yet: switch on the daily export of the link; the first table comes a day later, and days before the link never come` });
  else findings.push({ level: daily.length > 0 ? 'ok' : 'warning', sentence: `${daily.length} of the last ${due.length} open days have their daily table${daily.length > 0 ? `, the newest is ${daily.at(-1) ?? ''}` : ''}` });
  if (onlyStreamed.length > 0) findings.push({ level: 'warning', sentence: `${onlyStreamed.length} days have only what streaming brought, the newest is ${onlyStreamed.at(-1) ?? ''}: above a million events a day Google may leave the daily table out` });
  if (present.size > 0 && missing.length > 0) findings.push({ level: 'warning', sentence: `${missing.length} days have no table, the newest is ${missing.at(-1) ?? ''} (${tableOf('daily', missing.at(-1) ?? '')})` });
  const [day] = [...present.keys()].sort().slice(-1);
  const newest = daily.at(-1) ?? onlyStreamed.at(-1) ?? day;
  return newest === undefined ? null : { day: newest, kind: present.get(newest)?.includes('daily') ? 'daily' : (present.get(newest)?.[0] ?? 'daily') };
}

async function listTables({ bigQuery, place }: CheckOptions): Promise<string[]> {
  const ids: string[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < mostListPages; page += 1) {
    const { data } = await bigQuery.ask({ what: `the tables of dataset ${place.dataset} of project ${place.project}`, permission: viewerOf(place) }, (api, options) =>
      api.tables.list({ projectId: place.project, datasetId: place.dataset, maxResults: 1000, pageToken }, options));
    ids.push(...(data?.tables ?? []).map((table) => table.tableReference?.tableId ?? ''));
    pageToken = data?.nextPageToken ?? undefined;
    if (pageToken === undefined) break;
  }
  return ids;
}

/** The beginning of the newest day, which is free to read: are there people, and is the zone the one that Google sorts days by? */
async function checkRows({ bigQuery, place, clock, map }: CheckOptions, day: Day, table: ExportTable, findings: SourceFinding[]): Promise<void> {
  const missing = missingColumns(table.fields);
  if (missing.length > 0) {
    findings.push({ level: 'error', sentence: `table ${table.id} has no column ${missing.join(', ')}; expected the columns of a Google Analytics 4 export` });
    return;
  }
  const unknown = unknownColumns(table.fields, map);
  if (unknown.length > 0) findings.push({ level: 'warning', sentence: `table ${table.id} has no column ${unknown.join(', ')}; correct columns of the source, or leave them out` });
  const wanted = ['event_timestamp', map.person];
  const { data } = await bigQuery.ask(questionOf(place, table.id), (api, options) =>
    api.tabledata.list({ projectId: place.project, datasetId: place.dataset, tableId: table.id, maxResults: rowsLookedAt, selectedFields: wanted.join(',') }, options));
  // Fields come in the table's order, whatever the order they were asked in.
  const fields = table.fields.filter(({ name }) => wanted.includes(name));
  const rows = (data?.rows ?? []).map((row) => readWireRow(fields, row));
  const people = rows.filter((row) => row[map.person] !== undefined).length;
  const elsewhere = rows.filter((row) => typeof row.event_timestamp === 'number' && dayOf(row.event_timestamp, clock.timeZone) !== day).length;
  if (people === 0 && rows.length > 0) findings.push({ level: 'error', sentence: `none of the first ${rows.length} rows of ${table.id} has ${map.person}: nobody can be told apart${map.person === 'user_id' ? '; leave person out to use user_pseudo_id' : ''}` });
  else findings.push({ level: 'ok', sentence: `${people} of the first ${rows.length} rows of ${table.id} have ${map.person}; the others are counted as anonymous` });
  if (elsewhere > rows.length / 50) findings.push({ level: 'warning', sentence: `${elsewhere} of the first ${rows.length} rows of ${table.id} lie on another day in ${clock.timeZone}: timeZone should be the reporting time zone of the Google Analytics property. It is fixed once a day is loaded: correct it before, or load the export as a new property; where the zone was changed in Google Analytics leave it, each event still comes in once, on the day of its table` });
}

async function checkQuery(options: CheckOptions, table: ExportTable, findings: SourceFinding[]): Promise<void> {
  const { bigQuery, place, map, maximumBytesBilled } = options;
  if (missingColumns(table.fields).length > 0) return;
  const query = dayQuery(`${place.project}.${place.dataset}.${table.id}`, table.fields, map);
  const bytes = await priceOf({ bigQuery, place, location: options.location ?? table.location, query, signal: noSignal });
  const limit = `maximumBytesBilled is ${maximumBytesBilled}`;
  if (bytes > maximumBytesBilled) findings.push({ level: 'error', sentence: `the query of ${table.id} would read ${bytes} bytes and ${limit}: raise it, or select fewer columns` });
  else findings.push({ level: 'ok', sentence: `queries may run in project ${place.billingProject}; that of ${table.id} would read ${bytes} bytes (${limit})` });
}
