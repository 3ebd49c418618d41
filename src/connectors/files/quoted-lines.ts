import { longestRecord, type Line } from './lines.ts';

/** The text of one CSV record, and where it begins. */
export interface CsvText extends Line {
  readonly problem: string | null;
}

/**
 * Joins lines that belong to one record because a quoted field holds a line end. A quote that is never closed costs its
 * own line, not the rest of the file, and not its memory. `open` is what needs more lines; blank lines are left out.
 */
export function joinQuotedLines(lines: readonly Line[], delimiter: string, isEnd: boolean): { complete: CsvText[]; open: Line[] } {
  const complete: CsvText[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const { line, text } = lines[at] as Line;
    if (text === '') continue;
    if (text.length > longestRecord) {
      complete.push({ line, text, problem: 'the line is longer than 2 MiB' });
    } else if (!text.includes('"') || !endsInside(text, delimiter, false)) {
      complete.push({ line, text, problem: null });
    } else {
      const end = closingLine(lines, at, delimiter);
      if (end === 'further' && !isEnd) return { complete, open: lines.slice(at) };
      if (typeof end !== 'number') {
        complete.push({ line, text, problem: 'a quote is never closed' });
      } else {
        complete.push({ line, text: lines.slice(at, end + 1).map((part) => part.text).join('\n'), problem: null });
        at = end;
      }
    }
  }
  return { complete, open: [] };
}

/** Index of the line that ends the record begun at `from`; `further` when it is not here yet; `never` when it would be too long. */
function closingLine(lines: readonly Line[], from: number, delimiter: string): number | 'further' | 'never' {
  let length = (lines[from] as Line).text.length;
  for (let at = from + 1; at < lines.length; at += 1) {
    const { text } = lines[at] as Line;
    length += text.length + 1;
    if (length > longestRecord) return 'never';
    if (!endsInside(text, delimiter, true)) return at;
  }
  return 'further';
}

/** Does the text end inside a quoted field, when it begins inside one or at the start of a field? */
function endsInside(text: string, delimiter: string, beginsInside: boolean): boolean {
  let at = 0;
  let isInside = beginsInside || text.startsWith('"');
  if (!beginsInside && isInside) at = 1;
  for (;;) {
    if (isInside) {
      const quote = text.indexOf('"', at);
      if (quote < 0) return true;
      at = quote + 1;
      if (text[at] === '"') at += 1;
      else isInside = false;
    } else {
      const next = text.indexOf(delimiter, at);
      if (next < 0) return false;
      at = next + delimiter.length;
      isInside = text[at] === '"';
      if (isInside) at += 1;
    }
  }
}
