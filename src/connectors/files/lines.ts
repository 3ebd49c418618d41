import { StringDecoder } from 'node:string_decoder';

export interface Line {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** A record longer than this is never whole in memory: its beginning is kept, and it is rejected. */
export const longestRecord = 2 * 1024 * 1024;

/**
 * The lines of a text, one array a chunk, without their ends (LF or CRLF) and without the byte order mark. Of a line
 * longer than `longest` only the beginning, one character too long, is kept.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, longest = longestRecord): AsyncIterable<Line[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let line = 0;
  const finish = (text: string): Line => {
    line += 1;
    return { line, text: text.endsWith('\r') ? text.slice(0, -1) : text };
  };
  for await (const chunk of chunks) {
    const parts = decoder.write(chunk).split('\n');
    const lines: Line[] = [];
    for (let at = 0; at < parts.length - 1; at += 1) {
      lines.push(finish(rest + (parts[at] as string)));
      rest = '';
    }
    const last = parts[parts.length - 1] as string;
    if (rest.length <= longest) rest = (rest + last).slice(0, longest + 1);
    if (lines[0]?.line === 1) lines[0] = withoutMark(lines[0]);
    yield lines;
  }
  rest += decoder.end();
  if (rest !== '') yield [line === 0 ? withoutMark(finish(rest)) : finish(rest)];
}

function withoutMark(line: Line): Line {
  return line.text.startsWith('\uFEFF') ? { ...line, text: line.text.slice(1) } : line;
}
