import { hash } from 'node:crypto';
import { deadlineOf, reportBy, settledAt, type ExportClock } from '../../domain/activity/ga4/choose-table.ts';
import { eventsOf, noonOf, personReport, understandReported, type ReportRow } from '../../domain/activity/ga4/person-report.ts';
import { personRefusal } from '../../domain/activity/ga4/report-marks.ts';
import { eventKeyOf, rowHashLength } from '../../domain/activity/row-identity.ts';
import { addDays, formatInstant, startOfDay, type Day, type InstantUs } from '../../domain/calendar/day.ts';
import { Failure } from '../../domain/failure.ts';
import { hashJson } from '../../domain/hash.ts';
import { checkDataApi } from './check-data-api.ts';
import { createDataApi, type DataApiOptions } from './data-api.ts';
import { readReportPage, type ReportPage } from './report-pages.ts';
import { signsOfLife } from './signs-of-life.ts';
import type { ActivitySource, SourceRow } from '../../ports/activity-source.ts';

export interface Ga4DataApiOptions extends Omit<DataApiOptions, 'now'> {
  readonly property: string;
  /** Of the Google Analytics property. */
  readonly timeZone: string;
  /** The user property, registered as a user-scoped custom dimension, that carries the client id. */
  readonly person: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Changed when the same rows would be understood differently than before. */
const readerVersion = 1;
const mostPageRows = 10_000;
const beatMs = 5000;

/**
 * Activity from the reports of a Google Analytics 4 property that has no export: what each person did under each name on
 * each day, as one event at noon. A look is one request; so is a page. A report that Google sampled, thresholded or cut
 * off is no source of people: the day is unreadable, and the mark is named.
 */
export function createGa4DataApiSource(options: Ga4DataApiOptions): ActivitySource {
  const { property, timeZone, person, now = Date.now } = options;
  const api = createDataApi({ ...options, now });
  const report = personReport(person);
  const mappingHash = hashJson({ kind: 'ga4-data-api', person, timeZone, readerVersion });
  const endOf = (day: Day): InstantUs => startOfDay(addDays(day, 1), timeZone);
  const clock: ExportClock = { timeZone, dailyTableBy: reportBy };
  const changed = (day: Day): Failure => new Failure('day-changed-while-read', `the report of day ${day} of "${property}" changed while it was read`, { isFinal: false });

  /**
   * What becomes of a page that is of another version. Servers of Google's answer from different states, and reading anew
   * costs every page again: behind the first page one more look decides whether the report moved or this answer alone did.
   */
  const movedAt = async (day: Day, offset: number, sourceVersion: string, signal: AbortSignal): Promise<Failure> => {
    const isWhatItWas = offset > 0 && (await readReportPage(api, { day, ...report, offset: 0, limit: 1, signal })).version === sourceVersion;
    return isWhatItWas ? new Failure('source-unavailable', `the rows from ${offset} on of the report of day ${day} of ${api.name} came with other totals than its other pages; they are asked for again`, { isFinal: false }) : changed(day);
  };

  return {
    kind: 'ga4-data-api',
    mappingHash,

    async look(day, { signal, onProgress } = {}) {
      const [endUs, dueByUs] = [endOf(day), deadlineOf(day, clock)];
      if (now() * 1000 < endUs) return { state: 'missing', expected: `the report of day ${day} of ${api.name} (the day ends at ${formatInstant(endUs)})`, dueByUs };
      const beat = setInterval(() => onProgress?.(), beatMs);
      try {
        const { rowCount, version, marks } = await readReportPage(api, { day, ...report, offset: 0, limit: 1, signal });
        const refusal = personRefusal(marks);
        if (refusal !== null) return { state: 'unreadable', sentence: `day ${day} of ${api.name}: ${refusal}` };
        // Google does not tell "nothing happened" from "nothing is there yet".
        if (rowCount === 0) return { state: 'missing', expected: `a row in the report of day ${day} of ${api.name}`, ...(now() * 1000 < dueByUs ? { dueByUs } : {}) };
        return { state: 'present', sourceVersion: version, bytes: 0, records: rowCount, finality: now() * 1000 >= settledAt(day, clock) ? 'final' : 'provisional' };
      } finally {
        clearInterval(beat);
      }
    },

    async *read(day, { sourceVersion, from, batchRows, signal: stopped }) {
      const left = new AbortController();
      const signal = stopped ? AbortSignal.any([stopped, left.signal]) : left.signal;
      const noonUs = noonOf(day, timeZone);
      const limit = Math.min(batchRows, mostPageRows);
      try {
        let last: ReportRow | null = null;
        for (let offset = from; ;) {
          const page: ReportPage = yield* signsOfLife(readReportPage(api, { day, ...report, offset, limit, last, signal }));
          if (page.version !== sourceVersion) throw yield* signsOfLife(movedAt(day, offset, sourceVersion, signal));
          const refusal = personRefusal(page.marks);
          if (refusal !== null) throw new Failure('day-bad-rows', `day ${day} of ${api.name}: ${refusal}`);
          yield page.rows.map((row, at) => rowOf(row, offset + at, `${api.name} ${day}`, noonUs));
          last = page.rows.at(-1) ?? last;
          offset += page.rows.length;
          if (offset >= page.rowCount) return;
        }
      } finally {
        left.abort();
      }
    },

    dueOf: (day) => ({ thereByUs: deadlineOf(day, clock), settledAtUs: settledAt(day, clock) }),
    check: (days) => checkDataApi({ api, report, person, timeZone }, days),
    dispose: async () => undefined,
  };
}

function rowOf(row: ReportRow, position: number, file: string, noonUs: InstantUs): SourceRow {
  const place = { position, file, line: position + 1 };
  const { dimensions: [client = '', name = ''], metrics: [count = '', value = ''] } = row;
  const payload = JSON.stringify({ client, event_name: name, event_count: count, event_value: value });
  const understood = understandReported(row, noonUs);
  const standsFor = eventsOf(row);
  if (understood.kind === 'rejected') return { ...place, kind: 'rejected', reason: understood.reason, payload };
  if (understood.kind === 'anonymous') return { ...place, kind: 'anonymous', standsFor };
  // A report has each combination once.
  return { ...place, kind: 'event', event: understood.event, eventKey: eventKeyOf(hash('sha256', JSON.stringify([client, name]), 'base64url').slice(0, rowHashLength), 0), payload, standsFor };
}
