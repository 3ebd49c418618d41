import { textProblem } from '../../domain/activity/text-problem.ts';
import { longestRecord } from './lines.ts';
import { problemRecord, type FileRecord, type RecordReader } from './file-records.ts';

/** One JSON object a line; blank lines are left out. Whole numbers beyond 2^53 keep all their digits. */
export function ndjsonRecords(): RecordReader {
  return async function* (lines, columns) {
    for await (const some of lines) {
      yield some.flatMap(({ line, text }) => {
        if (text.length > longestRecord) return [problemRecord(line, text, 'the line is longer than 2 MiB')];
        return text.trim() === '' ? [] : [jsonRecord(line, text.trim(), columns)];
      });
    }
  };
}

/** The record of one line of JSON. */
export function jsonRecord(line: number, text: string, columns: readonly string[]): FileRecord {
  const value = parseObject(text);
  if (!value) return problemRecord(line, text, 'the line is not a JSON object');
  const problem = textProblem(text, () => value);
  if (problem) return problemRecord(line, text, problem);
  return { line, payload: text, cells: columns.map((column) => cellOf(value[column])), problem: null };
}

// The third argument is part of ECMAScript 2026 and of Node from 22; the types do not have it yet.
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const keepDigits: Reviver = (_key, value, { source }) => (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && source !== undefined ? source : value);

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = /\d{16}/.test(text) ? JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) : JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // the row goes to quarantine with a reason of ours
  }
}

function cellOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
