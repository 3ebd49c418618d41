import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { compileTimeFormat } from '../../../domain/activity/time-format.ts';
import { dayOf, parseDay, type Day } from '../../../domain/calendar/day.ts';
import { Failure } from '../../../domain/failure.ts';
import { csvRecords } from '../../../connectors/files/csv-records.ts';
import { linesOf } from '../../../connectors/files/lines.ts';
import { ndjsonRecords } from '../../../connectors/files/ndjson-records.ts';
import { openContent } from '../../../connectors/files/open-content.ts';
import { spacedRecords } from '../../../connectors/files/spaced-records.ts';
import type { TableShape } from './table-shape.ts';
import type { TimeCandidate } from './time-column.ts';

export interface FilesFound {
  readonly folder: string;
  /** With `{day}` where there is one file a day. */
  readonly file: string;
  readonly isDaily: boolean;
  /** The files, oldest first. */
  readonly paths: readonly string[];
  /** Of daily files: their days. */
  readonly days: readonly Day[];
}

const HEAD_LINES = 500;
/** Daily files that are read to tell formats. */
const FILES_READ = 12;

/** What `--file` names: one file, or one a day where it holds `{day}`. */
export function findFiles(given: string): FilesFound {
  const [folder, file] = [dirname(resolve(given)), basename(given)];
  if (!file.includes('{day}')) {
    if (!existsSync(join(folder, file))) throw new Failure('bad-argument', `${given} is not there; expected a CSV or NDJSON file, plain or gzip, or one a day as in exports/{day}.csv`);
    return { folder, file, isDaily: false, paths: [join(folder, file)], days: [] };
  }
  const [before = '', after = ''] = file.split('{day}');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const days = names.filter((name) => name.startsWith(before) && name.endsWith(after)).map((name) => name.slice(before.length, name.length - after.length)).filter(isDay).sort();
  if (days.length === 0) throw new Failure('bad-argument', `${given}: no file of ${folder} is named like ${before}2026-11-22${after}`);
  return { folder, file, isDaily: true, paths: days.map((day) => join(folder, before + day + after)), days };
}

/** The first lines of a file; the last is left out where it may be cut. */
export async function headOf(path: string): Promise<string[]> {
  const head: string[] = [];
  for await (const lines of linesOf(openContent(path).chunks)) {
    head.push(...lines.map(({ text }) => text));
    if (head.length >= HEAD_LINES) break;
  }
  return head.slice(0, HEAD_LINES);
}

export interface TimesRead extends TimeCandidate {
  readonly understood: number;
  readonly days: ReadonlySet<Day>;
}

/** Reads every row (of daily files, a dozen spread over them) by each candidate: how many it understands, and the days they fall on. */
export async function readTimes({ paths, isDaily }: FilesFound, { format, delimiter }: TableShape, candidates: readonly TimeCandidate[], timeZone: string): Promise<{ rows: number; times: TimesRead[] }> {
  const column = candidates[0]!.column; // all are of one column
  const readers = candidates.map((candidate) => ({ ...candidate, read: compileTimeFormat(candidate.format, timeZone), understood: 0, days: new Set<Day>() }));
  const chosen = isDaily ? spread(paths, FILES_READ) : paths;
  let rows = 0;
  for (const path of chosen) {
    const file = basename(path);
    const reader = format === 'ndjson' ? ndjsonRecords() : delimiter === 'whitespace' ? spacedRecords(file) : csvRecords(delimiter ?? ',', file);
    const dayAt = cachedDay(timeZone);
    for await (const records of reader(linesOf(openContent(path).chunks), [column])) {
      for (const { cells } of records) {
        rows += 1;
        const text = cells?.[0]?.trim() ?? '';
        for (const one of text === '' ? [] : readers) {
          const timeUs = one.read(text);
          if (timeUs === null) continue;
          one.understood += 1;
          one.days.add(dayAt(timeUs));
        }
      }
    }
  }
  return { rows, times: readers };
}

/** A calendar day costs microseconds to compute and rows are many: one answer serves a quarter of an hour, in which no zone changes its day. */
function cachedDay(timeZone: string): (timeUs: number) => Day {
  const known = new Map<number, Day>();
  return (timeUs) => {
    const quarter = Math.floor(timeUs / 900_000_000);
    let day = known.get(quarter);
    if (day === undefined) known.set(quarter, (day = dayOf(timeUs, timeZone)));
    return day;
  };
}

function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, index) => items[Math.round((index * (items.length - 1)) / (count - 1))] as T);
}

function isDay(text: string): boolean {
  try {
    return parseDay(text) === text;
  } catch {
    return false;
  }
}
