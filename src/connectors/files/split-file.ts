import { createHash, type Hash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dayOf, type Day, type InstantUs } from '../../domain/calendar/day.ts';
import { Failure } from '../../domain/failure.ts';
import type { RowRule } from '../../domain/activity/understand-row.ts';
import type { OpenedDay } from './day-files.ts';
import type { FileRecord } from './file-records.ts';

/** What is known of one day of a split file. */
export interface SliceEntry {
  /** Hash of the day's records, not of their line numbers: a row more in one day changes that day alone. */
  readonly version: string;
  readonly bytes: number;
  readonly records: number;
}

export interface SliceIndex {
  readonly days: Readonly<Record<Day, SliceEntry>>;
  readonly firstDay: Day | null;
  readonly lastDay: Day | null;
}

// Text that waits for its slice, all days together, in characters.
const waitingText = 8 * 1024 * 1024;
const undatedRows = 1000;

/**
 * Cuts a file into one slice a day: `<day>.rows`, one line a record: line number, tab, problem or nothing, tab, JSON. A
 * record whose time cannot be understood goes to the day of the record before it (at the top of the file: after it).
 * Written beside `folder(version)` and renamed to it, whole or not at all. Returns the version of the content that was read.
 */
export async function splitFile(options: { spool: string; opened: OpenedDay; rule: RowRule; timeZone: string; folder: (version: string) => string; onProgress?(): void }): Promise<string> {
  await mkdir(options.spool, { recursive: true });
  const draft = await mkdtemp(join(options.spool, 'draft-'));
  try {
    const index = await writeSlices(draft, options);
    await writeFile(join(draft, 'index.json'), JSON.stringify(index));
    const version = options.opened.version();
    await rename(draft, options.folder(version)).catch((error: NodeJS.ErrnoException) => {
      // Another process was first; its slices are the same.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return version;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function writeSlices(draft: string, { opened, rule, timeZone, onProgress }: Parameters<typeof splitFile>[0]): Promise<SliceIndex> {
  const slices = new Map<Day, { hash: Hash; bytes: number; records: number; waiting: string[] }>();
  const dayAt = dayFinder(timeZone);
  let waiting = 0;
  let current: Day | null = null;
  let undated: FileRecord[] = [];
  const add = (day: Day, record: FileRecord): void => {
    let slice = slices.get(day);
    if (!slice) slices.set(day, (slice = { hash: createHash('sha256'), bytes: 0, records: 0, waiting: [] }));
    const text = `${record.problem ?? ''}\t${record.problem === null ? record.payload : JSON.stringify(record.payload)}\n`;
    slice.hash.update(text);
    slice.bytes += text.length;
    slice.records += 1;
    slice.waiting.push(`${record.line}\t${text}`);
    waiting += text.length;
  };
  const flush = async (): Promise<void> => {
    for (const [day, slice] of slices) {
      if (slice.waiting.length > 0) await appendFile(join(draft, `${day}.rows`), slice.waiting.join(''));
      slice.waiting = [];
    }
    waiting = 0;
  };
  for await (const records of opened.records) {
    for (const record of records) {
      const time = record.cells && rule.timeOf(record.cells);
      if (time !== null) current = dayAt(time);
      if (current === null) undated.push(record);
      else {
        for (const earlier of undated.splice(0)) add(current, earlier);
        add(current, record);
      }
      if (undated.length > undatedRows) throw new Failure('day-bad-rows', `the first ${undatedRows} records of ${opened.file} have no time that can be understood; check columns.time`);
      if (waiting > waitingText) await flush();
    }
    onProgress?.();
  }
  if (undated.length > 0) throw new Failure('day-bad-rows', `no record of ${opened.file} has a time that can be understood; check columns.time`);
  await flush();
  const days = [...slices].map(([day, { hash, bytes, records }]) => [day, { version: hash.digest('hex'), bytes, records }] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    days: Object.fromEntries(days),
    firstDay: days[0]?.[0] ?? null,
    lastDay: days.at(-1)?.[0] ?? null,
  };
}

/** Days of instants; the time-zone library is asked twice per quarter of an hour, not per row. */
function dayFinder(timeZone: string): (instant: InstantUs) => Day {
  const quarterUs = 900_000_000;
  const known = new Map<number, Day | null>();
  return (instant) => {
    const quarter = Math.floor(instant / quarterUs);
    let day = known.get(quarter);
    if (day === undefined) {
      if (known.size > 200_000) known.clear();
      day = dayOf(quarter * quarterUs, timeZone);
      if (dayOf((quarter + 1) * quarterUs - 1000, timeZone) !== day) day = null;
      known.set(quarter, day);
    }
    return day ?? dayOf(instant, timeZone);
  };
}
