import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';

const MAXIMUM_BYTES = 1024 * 1024;
const LAST_LINES = 20;
const LINE_LENGTH = 500;

/** The kept output of a job: a file that stays below 1 MiB, and the last lines at hand. */
export interface JobLog {
  readonly lastLines: readonly string[];
  follow(stream: Readable): void;
  /** A line of our own, as why the job was ended. */
  note(line: string): void;
  close(): void;
}

/** `echo` is given each line whole. */
export function openJobLog(file: string, echo?: (line: string) => void): JobLog {
  const descriptor = openAnew(file);
  const lastLines: string[] = [];
  let bytes = 0;
  let isCut = false;

  function write(line: string): void {
    echo?.(line);
    lastLines.push(line.slice(0, LINE_LENGTH));
    if (lastLines.length > LAST_LINES) lastLines.shift();
    if (isCut) return;
    bytes += Buffer.byteLength(line) + 1;
    isCut = bytes > MAXIMUM_BYTES;
    writeSync(descriptor, isCut ? '… cut here; the last lines follow\n' : `${line}\n`);
  }

  return {
    lastLines,
    follow(stream) {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = (lines.pop() ?? '').slice(0, MAXIMUM_BYTES);
        for (const line of lines) write(line);
      });
      stream.on('end', () => rest && write(rest));
    },
    note: (line) => write(`runner: ${line}`),
    close() {
      if (isCut) writeSync(descriptor, lastLines.map((line) => `${line}\n`).join(''));
      closeSync(descriptor);
    },
  };
}

/** A new file, whatever had its name: a job may put a link there, which would be written through with the worker's rights. */
function openAnew(file: string): number {
  rmSync(file, { force: true, recursive: true });
  return openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW);
}

/** V8 aborts by itself at its own limit, and says so. */
export function ranOutOfHeap(lastLines: readonly string[]): boolean {
  return lastLines.some((line) => line.includes('heap out of memory'));
}
