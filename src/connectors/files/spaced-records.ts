import { longestRecord } from './lines.ts';
import { problemRecord, type FileRecord, type RecordReader } from './file-records.ts';
import { tableRows, type TableRows } from './table-rows.ts';

/** A table with a header whose columns are separated by any number of spaces or tabs. */
export function spacedRecords(file: string): RecordReader {
  return async function* (lines, columns) {
    let table: TableRows | null = null;
    for await (const some of lines) {
      const records: FileRecord[] = [];
      for (const { line, text } of some) {
        const trimmed = text.trim();
        if (trimmed === '') continue;
        if (text.length > longestRecord) records.push(problemRecord(line, text, 'the line is longer than 2 MiB'));
        else if (table) records.push(table.record(line, trimmed.split(/[ \t]+/), text));
        else table = tableRows(trimmed.split(/[ \t]+/), columns, file);
      }
      yield records;
    }
  };
}
