import { parse } from 'csv-parse/sync';
import { problemRecord, type FileRecord, type RecordReader } from './file-records.ts';
import { joinQuotedLines, type CsvText } from './quoted-lines.ts';
import { tableRows, type TableRows } from './table-rows.ts';
import type { Line } from './lines.ts';

/**
 * CSV with a header. Records without a quote, nearly all of most files, are cut at the delimiter; the others go to
 * csv-parse, all of a chunk at once.
 */
export function csvRecords(delimiter: string, file: string): RecordReader {
  return async function* (lines, columns) {
    let table: TableRows | null = null;
    let held: Line[] = [];
    const records = (texts: readonly CsvText[]): FileRecord[] => {
      const fields = fieldsOf(texts, delimiter);
      const found: FileRecord[] = [];
      texts.forEach(({ line, text, problem }, at) => {
        const own = fields[at];
        if (problem !== null || !own) found.push(problemRecord(line, text, problem ?? 'its quotes do not match'));
        else if (table) found.push(table.record(line, own, text));
        else table = tableRows(own, columns, file);
      });
      return found;
    };
    for await (const some of lines) {
      const { complete, open } = joinQuotedLines(held.length > 0 ? [...held, ...some] : some, delimiter, false);
      held = open;
      yield records(complete);
    }
    yield records(joinQuotedLines(held, delimiter, true).complete);
  };
}

/** The fields of each text; null where it cannot be cut. */
function fieldsOf(texts: readonly CsvText[], delimiter: string): (readonly string[] | null)[] {
  const quoted = texts.flatMap(({ text, problem }, at) => (problem === null && text.includes('"') ? [at] : []));
  const cut = new Map<number, readonly string[] | null>();
  const together = tryParse(quoted.map((at) => (texts[at] as CsvText).text).join('\n'), delimiter);
  quoted.forEach((at, index) => {
    const alone = together?.length === quoted.length ? together : null;
    cut.set(at, alone ? (alone[index] as string[]) : onlyRow(tryParse((texts[at] as CsvText).text, delimiter)));
  });
  return texts.map(({ text, problem }, at) => (problem !== null ? null : cut.has(at) ? (cut.get(at) as readonly string[] | null) : text.split(delimiter)));
}

function tryParse(text: string, delimiter: string): string[][] | null {
  if (text === '') return [];
  try {
    // A quote inside an unquoted field (`6" nails`) is a character like any other.
    return parse(text, { delimiter, record_delimiter: '\n', relax_quotes: true, relax_column_count: true });
  } catch {
    return null; // the row goes to quarantine with a reason of ours
  }
}

function onlyRow(rows: string[][] | null): readonly string[] | null {
  return rows?.length === 1 ? (rows[0] as string[]) : null;
}
