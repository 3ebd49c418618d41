import { join, relative } from 'node:path';
import { Failure } from '../../domain/failure.ts';
import { openContent } from './open-content.ts';
import { linesOf } from './lines.ts';
import type { Day } from '../../domain/calendar/day.ts';
import type { SourceLook } from '../../ports/activity-source.ts';
import type { ContentVersion, createContentVersions } from './content-versions.ts';
import type { FileRecord, RecordReader } from './file-records.ts';

export interface OpenedDay {
  /** The file that rows are said to stand in. */
  readonly file: string;
  readonly records: AsyncIterable<FileRecord[]>;
  /** Known once all records were read. */
  version(): string;
}

export interface LookCall {
  readonly signal?: AbortSignal;
  onProgress?(): void;
}

/** How the days of a source lie in its files. */
export interface DayFiles {
  look(day: Day, call: LookCall): Promise<SourceLook>;
  /** May be opened again and again; the day must be there. */
  open(day: Day, signal?: AbortSignal): Promise<OpenedDay>;
}

export interface FilesLayout {
  readonly folder: string;
  readonly file: string;
  readonly columns: readonly string[];
  readonly reader: (file: string) => RecordReader;
  /** Lines before the first record. */
  readonly headerLines: number;
  readonly versions: ReturnType<typeof createContentVersions>;
}

/** One file a day: `{day}` in the name stands for it. */
export function oneFileADay({ folder, file, columns, reader, headerLines, versions }: FilesLayout): DayFiles {
  const nameOf = (day: Day): string => file.replaceAll('{day}', day);
  const open = (day: Day, signal?: AbortSignal): OpenedDay => {
    const content = openContent(join(folder, nameOf(day)), signal);
    return { file: nameOf(day), records: reader(nameOf(day))(linesOf(content.chunks), columns), version: content.version };
  };
  return {
    open: async (day, signal) => open(day, signal),
    look: (day, call) =>
      lookAt(join(folder, nameOf(day)), async () => {
        const found = await versions.of(join(folder, nameOf(day)), call);
        // A header without a wanted column is seen now, before a generation is claimed for it.
        if (found) for await (const _beginning of open(day, call.signal).records) break;
        return found && { ...found, records: Math.max(0, found.lines - headerLines) };
      }),
  };
}

/** What the system says of a file that trying again does not mend, and what does. */
const MENDED_BY: Readonly<Record<string, string>> = {
  EACCES: 'the user of the worker may not read it: give it the right to (chmod, chown)',
  EPERM: 'the user of the worker may not read it: give it the right to (chmod, chown)',
  EISDIR: 'it is not a file: put the file there in its place',
  ELOOP: 'its links lead round in a circle: put the file itself there',
  ENAMETOOLONG: 'its name is too long for this file system: shorten it',
  EIO: 'the disk does not give it back: copy the file there again',
};

/** What `read` finds; half a gzip file, a header without a wanted column and a file that may not be read are findings, not failures. */
export async function lookAt(path: string, read: () => Promise<(Pick<ContentVersion, 'version' | 'bytes'> & { records: number }) | null>): Promise<SourceLook> {
  try {
    const found = await read();
    if (!found) return { state: 'missing', expected: shownPath(path) };
    return { state: 'present', sourceVersion: found.version, bytes: found.bytes, records: found.records, finality: 'final' };
  } catch (error) {
    if (error instanceof Failure && error.code === 'day-bad-rows') return { state: 'unreadable', sentence: error.message };
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE') return { state: 'unreadable', sentence: `${shownPath(path)} is not a whole gzip file (${(error as Error).message}); perhaps it is still being copied` };
    const mendedBy = MENDED_BY[code];
    // Scratch of our own is read on the way too: the error knows better which path it was.
    if (mendedBy !== undefined) return { state: 'unreadable', sentence: `${shownPath((error as NodeJS.ErrnoException).path ?? path)} cannot be read (${code}): ${mendedBy}` };
    throw error;
  }
}

/** A path as a person would type it here. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
