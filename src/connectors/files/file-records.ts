import type { Cells } from '../../domain/activity/understand-row.ts';
import type { Line } from './lines.ts';

/** One record of a file: its cells and itself as JSON, or the problem it has and its text. */
export type FileRecord =
  | { readonly line: number; readonly payload: string; readonly cells: Cells; readonly problem: null }
  | { readonly line: number; readonly payload: string; readonly cells: null; readonly problem: string };

/** From lines to records, one array for each array of lines. `columns` are the ones whose cells are wanted, in order. */
export type RecordReader = (lines: AsyncIterable<Line[]>, columns: readonly string[]) => AsyncIterable<FileRecord[]>;

export function problemRecord(line: number, text: string, problem: string): FileRecord {
  return { line, payload: text, cells: null, problem };
}
