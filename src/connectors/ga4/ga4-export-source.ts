import { hash } from 'node:crypto';
import { dayQuery, missingColumns } from '../../domain/activity/ga4/day-query.ts';
import { chooseTable, deadlineOf, settledAt, type ChosenTable, type ExportClock } from '../../domain/activity/ga4/choose-table.ts';
import { tableKinds, type TableKind } from '../../domain/activity/ga4/day-tables.ts';
import { billedFor } from '../../domain/activity/ga4/billed-bytes.ts';
import { identityOf, understandExported, type ExportDay } from '../../domain/activity/ga4/exported-row.ts';
import { eventKeyOf, rowHashLength } from '../../domain/activity/row-identity.ts';
import { addDays, startOfDay, type Day } from '../../domain/calendar/day.ts';
import { Failure } from '../../domain/failure.ts';
import { hashJson, hashText } from '../../domain/hash.ts';
import { createBigQuery } from './bigquery.ts';
import { checkExport } from './check-export.ts';
import { checkReport } from './check-report.ts';
import { priceOf, runDayJob, type DayJob, type DayJobOptions } from './day-job.ts';
import { createExportTables, type ExportPlace, type ExportTable } from './export-tables.ts';
import { readPage, type PageStart, type ResultPage } from './result-pages.ts';
import { signsOfLife } from './signs-of-life.ts';
import type { ExportMap } from '../../domain/activity/ga4/export-map.ts';
import type { TableRow } from '../../domain/activity/ga4/wire-row.ts';
import type { ActivitySource, SourceRow } from '../../ports/activity-source.ts';
import type { GoogleCredentials } from './credentials.ts';

export interface Ga4ExportOptions extends ExportMap {
  readonly property: string;
  /** Of the Google Analytics property. */
  readonly timeZone: string;
  readonly project: string;
  /** `analytics_<property id>` */
  readonly dataset: string;
  /** Where queries run and are paid; the dataset's project unless said. */
  readonly billingProject?: string;
  /** Of the dataset, `EU`; asked from Google unless said. */
  readonly location?: string;
  readonly credentials: GoogleCredentials;
  /** A query that would cost more does not run. */
  readonly maximumBytesBilled: number;
  /** `18:00`, local time of the next day. */
  readonly dailyTableBy: string;
  /** What Google's reports say of a day, for comparison. */
  readonly reportedFigures?: ActivitySource['reportedFigures'];
  /** Another server than Google's. */
  readonly rootUrl?: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Changed when the same rows would be understood differently than before. */
const readerVersion = 1;
/** Rows of a page: under the 10 MB that an answer may have, and a bound for memory. */
const mostPageRows = 10_000;
const keptProblemText = 16 * 1024;
const beatMs = 5000;

/**
 * Activity from the BigQuery export of a Google Analytics 4 property. A look is one to three free requests; reading is one
 * query a version, whose results are read page by page, from any row on.
 */
export function createGa4ExportSource(options: Ga4ExportOptions): ActivitySource {
  const { property, timeZone, project, dataset, billingProject = project, dailyTableBy, maximumBytesBilled, person, value, session, params, columns, now = Date.now } = options;
  const map: ExportMap = { person, value, session, params, columns };
  const clock: ExportClock = { timeZone, dailyTableBy };
  const place: ExportPlace = { project, dataset, billingProject };
  const mappingHash = hashJson({ map: { ...map, value: { ...value } }, timeZone, readerVersion });
  const bigQuery = createBigQuery({ credentials: options.credentials, rootUrl: options.rootUrl, now });
  const tables = createExportTables({ bigQuery, place });

  const reported = options.reportedFigures;
  // Reports count browsers and devices, signed in or not, and this source accounts alone: such days would differ for ever.
  const others = person === 'user_id' ? { otherPeople: 'Google counts visitors, and person of the source is user_id' } : {};
  const reportedFigures: ActivitySource['reportedFigures'] = reported && (async (day, call) => ({ ...await reported(day, call), ...others }));

  const choose = async (day: Day, signal?: AbortSignal): Promise<ChosenTable<ExportTable>> => {
    const nowUs = now() * 1000;
    const found: Partial<Record<TableKind, ExportTable | null>> = {};
    for (const kind of tableKinds) {
      if (kind !== 'daily' && (found.daily || found.fresh || nowUs < deadlineOf(day, clock))) continue;
      found[kind] = await tables.find(kind, day, signal);
    }
    return chooseTable(day, found, clock, nowUs);
  };
  const queryOf = (table: ExportTable): string => dayQuery(`${project}.${dataset}.${table.id}`, table.fields, map);
  const changed = (day: Day): Failure => new Failure('day-changed-while-read', `the export of day ${day} of "${property}" changed while it was read`, { isFinal: false });

  return {
    kind: 'ga4-export',
    mappingHash,
    ...(reportedFigures ? { reportedFigures } : {}),

    async look(day, { known, signal, onProgress } = {}) {
      if (known !== undefined) tables.remember(known);
      const beat = setInterval(() => onProgress?.(), beatMs);
      try {
        const chosen = await choose(day, signal);
        if (chosen.state === 'missing') return { ...chosen, expected: `${chosen.expected} of dataset ${project}.${dataset}` };
        const { table, finality } = chosen;
        const missing = missingColumns(table.fields);
        if (missing.length > 0) return { state: 'unreadable', sentence: `table ${dataset}.${table.id} has no column ${missing.join(', ')}; expected the columns of a Google Analytics 4 export` };
        return { state: 'present', sourceVersion: table.version, bytes: table.bytes, records: table.rows, finality };
      } finally {
        clearInterval(beat);
      }
    },

    async priceOf(day, { sourceVersion, signal = new AbortController().signal }) {
      const chosen = await choose(day, signal);
      if (chosen.state !== 'present' || chosen.table.version !== sourceVersion) throw changed(day);
      const { table } = chosen;
      const bytes = await priceOf({ bigQuery, place, location: options.location ?? table.location, query: queryOf(table), signal });
      const refusal = bytes > maximumBytesBilled ? `the query of ${table.id} would read ${bytes} bytes and maximumBytesBilled is ${maximumBytesBilled}: raise it, or select fewer columns` : null;
      return { bytesBilled: refusal === null ? billedFor(bytes) : 0, refusal };
    },

    async *read(day, { sourceVersion, from, batchRows, signal: stopped, onBilled }) {
      const left = new AbortController();
      const signal = stopped ? AbortSignal.any([stopped, left.signal]) : left.signal;
      try {
        const chosen = yield* signsOfLife(choose(day, signal));
        if (chosen.state !== 'present' || chosen.table.version !== sourceVersion) throw changed(day);
        const { kind, table } = chosen;
        const query = queryOf(table);
        const name = hashText(`${sourceVersion}\n${mappingHash}\n${maximumBytesBilled}\n${query}`).slice(0, 32);
        const job = { bigQuery, place, location: options.location ?? table.location, query, name, maximumBytesBilled, now, signal };
        const exportDay: ExportDay = { date: day.replaceAll('-', ''), startUs: startOfDay(day, timeZone), endUs: startOfDay(addDays(day, 1), timeZone) };
        const pageRows = Math.min(batchRows, mostPageRows);
        const start: PageStart = { position: from, token: null, last: null };
        const first = yield* signsOfLife(openResults({ ...job, onBilled }, pageRows, start).catch(async (error: unknown) => {
          // A table that went since the look (streaming's, when the daily one comes) makes its query impossible.
          if (error instanceof Failure && error.isFinal && (await tables.find(kind, day, signal))?.version !== sourceVersion) throw changed(day);
          throw error;
        }));
        let position = from;
        for (let page: ResultPage | null = first.page; page; ) {
          yield page.rows.map((row, at) => rowOf(row, position + at, table.id, exportDay, map));
          position += page.rows.length;
          if (!page.next) break;
          page = yield* signsOfLife(readPage({ bigQuery, place, job: first.job, pageRows, signal }, page.next));
          if (!page) throw new Failure('source-unavailable', `the results of job ${first.job.id} went while they were read; another job takes its place`, { isFinal: false });
        }
        if ((yield* signsOfLife(tables.find(kind, day, signal)))?.version !== sourceVersion) throw changed(day);
      } finally {
        left.abort();
      }
    },

    dueOf: (day) => ({ thereByUs: deadlineOf(day, clock), settledAtUs: settledAt(day, clock) }),

    async check(days) {
      const found = await checkExport({ bigQuery, tables, place, map, clock, location: options.location, maximumBytesBilled, now }, days);
      return reportedFigures ? [...found, ...await checkReport(reportedFigures, days)] : found;
    },
    dispose: async () => undefined,
  };
}

/** The job whose results are still there, and the page to begin with. A bill is told as soon as there is one: what follows may fail. */
async function openResults(options: DayJobOptions & { readonly onBilled?: (bytes: number) => void }, pageRows: number, start: PageStart): Promise<{ job: DayJob; page: ResultPage }> {
  for (let job = await runDayJob(options); ; job = await runDayJob(options, { number: job.number + 1, bytesBilled: job.bytesBilled })) {
    options.onBilled?.(job.bytesBilled);
    const page = await readPage({ bigQuery: options.bigQuery, place: options.place, job, pageRows, signal: options.signal }, start);
    if (page) return { job, page };
  }
}

function rowOf({ ordinal, ...row }: TableRow, position: number, file: string, day: ExportDay, map: ExportMap): SourceRow {
  const place = { position, file, line: position + 1 };
  const payload = JSON.stringify(row);
  const understood = understandExported(row, payload, day, map);
  if (understood.kind === 'rejected') return { ...place, kind: 'rejected', reason: understood.reason, payload: payload.slice(0, keptProblemText).toWellFormed() };
  if (understood.kind === 'anonymous') return { ...place, kind: 'anonymous' };
  return { ...place, kind: 'event', event: understood.event, eventKey: eventKeyOf(hash('sha256', identityOf(row), 'base64url').slice(0, rowHashLength), Number(ordinal)), payload };
}
