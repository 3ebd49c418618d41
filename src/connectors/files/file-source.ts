import { hash } from 'node:crypto';
import { join } from 'node:path';
import { parseColumnMap } from '../../domain/activity/column-map.ts';
import { eventKeyOf, rowHashLength } from '../../domain/activity/row-identity.ts';
import { compileRowRule, type RowRule } from '../../domain/activity/understand-row.ts';
import { addDays, startOfDay } from '../../domain/calendar/day.ts';
import { Failure } from '../../domain/failure.ts';
import { hashJson } from '../../domain/hash.ts';
import { checkFiles } from './check-files.ts';
import { createContentVersions } from './content-versions.ts';
import { csvRecords } from './csv-records.ts';
import { oneFileADay, type DayFiles } from './day-files.ts';
import { ndjsonRecords } from './ndjson-records.ts';
import { createOrdinals } from './ordinals.ts';
import { oneFileForAllDays } from './sliced-file.ts';
import { spacedRecords } from './spaced-records.ts';
import type { InstantUs } from '../../domain/calendar/day.ts';
import type { ActivitySource, SourceRow } from '../../ports/activity-source.ts';
import type { FileRecord } from './file-records.ts';

export interface FileSourceOptions {
  readonly property: string;
  readonly timeZone: string;
  readonly folder: string;
  /** One file a day when it holds `{day}`, else one file for all days. Gzip is told by the content. */
  readonly file: string;
  readonly format: 'csv' | 'ndjson';
  /** Of CSV, a comma unless it is said; `whitespace`: any number of spaces or tabs. */
  readonly delimiter?: string;
  /** The column map as it stands in the configuration. */
  readonly columns: unknown;
  /** Folder of our own for slices and scratch; what is in it can be made again. */
  readonly spool: string;
  /** Distinct rows of a day that are counted in memory before counting goes to disk. */
  readonly countedInMemory?: number;
}

/** Changed when the same file would be understood differently than before. */
const readerVersion = 1;
const batchBytes = 4 * 1024 * 1024;
const keptProblemText = 16 * 1024;

/** Activity from CSV or NDJSON files, read as a stream. */
export function createFileSource(options: FileSourceOptions): ActivitySource {
  const { property, timeZone, format, delimiter = ',', spool } = options;
  const map = parseColumnMap(options.columns, `properties.${property}.source`);
  const rule = compileRowRule(map, timeZone);
  const mappingHash = hashJson({ map, timeZone, format, delimiter, readerVersion });
  const reader = (file: string) => (format === 'ndjson' ? ndjsonRecords() : delimiter === 'whitespace' ? spacedRecords(file) : csvRecords(delimiter, file));
  const layout = { folder: options.folder, file: options.file, columns: rule.columns, reader, headerLines: format === 'ndjson' ? 0 : 1, versions: createContentVersions() };
  const files: DayFiles = options.file.includes('{day}') ? oneFileADay(layout) : oneFileForAllDays({ ...layout, spool, mappingHash, rule, timeZone });

  return {
    kind: 'files',
    mappingHash,
    look: (day, call = {}) => files.look(day, call),
    async *read(day, { sourceVersion, from, batchRows, signal }) {
      const changed = (): Failure => new Failure('day-changed-while-read', `the source of day ${day} of "${property}" changed while it was read`, { isFinal: false });
      const look = await files.look(day, { signal });
      if (look.state !== 'present' || look.sourceVersion !== sourceVersion) throw changed();
      const opened = await files.open(day, signal);
      const [start, end] = [startOfDay(day, timeZone), startOfDay(addDays(day, 1), timeZone)];
      const ordinals = createOrdinals({ scratch: join(spool, 'scratch'), limit: options.countedInMemory, allHashes: () => allHashes(files, day, signal) });
      try {
        let position = 0;
        let batch: SourceRow[] = [];
        let bytes = 0;
        for await (const records of opened.records) {
          signal?.throwIfAborted();
          const hashes = records.map(rowHash);
          const numbers = await ordinals.of(hashes, position);
          if (position < from) yield [];
          for (let at = Math.max(0, from - position); at < records.length; at += 1) {
            const record = records[at] as FileRecord;
            batch.push(rowOf(record, { position: position + at, file: opened.file, line: record.line }, eventKeyOf(hashes[at] as string, numbers[at] as number), rule, start, end));
            bytes += record.payload.length;
            if (batch.length < batchRows && bytes < batchBytes) continue;
            yield batch;
            batch = [];
            bytes = 0;
          }
          position += records.length;
        }
        if (batch.length > 0) yield batch;
        if (opened.version() !== sourceVersion) throw changed();
      } finally {
        await ordinals.dispose();
      }
    },
    check: (days) => checkFiles({ files, days, rule, timeZone }),
    dispose: async () => undefined,
  };
}

function rowOf(record: FileRecord, place: { position: number; file: string; line: number }, eventKey: string, rule: RowRule, start: InstantUs, end: InstantUs): SourceRow {
  const reject = (reason: string): SourceRow => ({ ...place, kind: 'rejected', reason, payload: record.payload.slice(0, keptProblemText).toWellFormed() });
  if (record.problem !== null) return reject(record.problem);
  const understood = rule.understand(record.cells, start, end);
  if (understood.kind === 'rejected') return reject(understood.reason);
  if (understood.kind === 'anonymous') return { ...place, kind: 'anonymous' };
  return { ...place, kind: 'event', event: understood.event, eventKey, payload: record.payload };
}

async function* allHashes(files: DayFiles, day: string, signal?: AbortSignal): AsyncIterable<readonly string[]> {
  for await (const records of (await files.open(day, signal)).records) yield records.map(rowHash);
}

function rowHash(record: FileRecord): string {
  return hash('sha256', record.payload, 'base64url').slice(0, rowHashLength);
}
