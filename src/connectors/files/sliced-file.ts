import { createHash } from 'node:crypto';
import { readFile, utimes } from 'node:fs/promises';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../domain/failure.ts';
import { lookAt, shownPath, type DayFiles, type FilesLayout, type LookCall } from './day-files.ts';
import { linesOf } from './lines.ts';
import { jsonRecord } from './ndjson-records.ts';
import { openContent } from './open-content.ts';
import { splitFile, type SliceIndex } from './split-file.ts';
import { problemRecord, type FileRecord } from './file-records.ts';
import type { RowRule } from '../../domain/activity/understand-row.ts';

/** Changed when slices hold more than before: those of an earlier release are made again. */
const sliceVersion = 2;
const longestSliceLine = 16 * 1024 * 1024;

interface Slices {
  readonly folder: string;
  readonly index: SliceIndex;
  readonly bytes: number;
}

/** One file for all days: split once for each content into a slice a day, so that every day is cheap to look at and to read. */
export function oneFileForAllDays(layout: FilesLayout & { spool: string; mappingHash: string; rule: RowRule; timeZone: string }): DayFiles {
  const path = join(layout.folder, layout.file);
  const key = createHash('sha256').update(`${layout.mappingHash} ${path} ${sliceVersion}`).digest('hex').slice(0, 16);
  const folderOf = (version: string): string => join(layout.spool, `${key}-${version.slice(0, 32)}`);
  const indexes = new Map<string, SliceIndex>();
  let splitting: Promise<string> | null = null;

  const split = async (call: LookCall): Promise<string> => {
    const content = openContent(path, call.signal);
    const records = layout.reader(layout.file)(linesOf(content.chunks), layout.columns);
    return splitFile({ ...layout, opened: { file: layout.file, records, version: content.version }, folder: folderOf, onProgress: call.onProgress });
  };
  const slices = async (call: LookCall): Promise<Slices | null> => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const content = await layout.versions.of(path, call);
      if (!content) return null;
      const folder = folderOf(content.version);
      if (!existsSync(join(folder, 'index.json'))) await (splitting ??= split(call).finally(() => (splitting = null)));
      if (!existsSync(join(folder, 'index.json'))) continue; // the file changed meanwhile
      let index = indexes.get(folder);
      if (!index) {
        indexes.set(folder, (index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as SliceIndex));
        await utimes(folder, new Date(), new Date()); // in use: the sweep of old slices passes it by
      }
      return { folder, index, bytes: content.bytes };
    }
    throw new Failure('day-changed-while-read', `${shownPath(path)} changes while it is read`, { isFinal: false });
  };

  return {
    async look(day, call) {
      let found: Slices | null = null;
      const look = await lookAt(path, async () => {
        found = await slices(call);
        return found && { version: '', bytes: 0, records: 0 };
      });
      if (look.state !== 'present' || !found) return look;
      const { index } = found as Slices;
      const entry = index.days[day];
      if (entry) return { ...look, sourceVersion: entry.version, bytes: entry.bytes, records: entry.records };
      if (index.firstDay === null || day < index.firstDay || day > (index.lastDay ?? '')) {
        return { state: 'missing', expected: `${shownPath(path)} with rows of ${day} (it has ${index.firstDay ?? 'none'}${index.lastDay ? ` to ${index.lastDay}` : ''})` };
      }
      return { ...look, sourceVersion: createHash('sha256').digest('hex'), bytes: 0 };
    },
    async open(day, signal) {
      const found = await slices({ signal });
      if (!found) throw new Failure('day-missing', `${shownPath(path)} is missing`, { isFinal: false });
      const entry = found.index.days[day];
      const version = entry?.version ?? createHash('sha256').digest('hex');
      return { file: layout.file, records: entry ? readSlice(join(found.folder, `${day}.rows`), layout.columns) : nothing(), version: () => version };
    },
  };
}

async function* readSlice(path: string, columns: readonly string[]): AsyncIterable<FileRecord[]> {
  for await (const lines of linesOf(createReadStream(path, { highWaterMark: 256 * 1024 }), longestSliceLine)) {
    yield lines.map(({ text }) => {
      const [line = '', problem = ''] = text.split('\t', 2);
      const payload = text.slice(line.length + problem.length + 2);
      return problem === '' ? jsonRecord(Number(line), payload, columns) : problemRecord(Number(line), JSON.parse(payload) as string, problem);
    });
  }
}

async function* nothing(): AsyncIterable<FileRecord[]> {}
