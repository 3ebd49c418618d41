import type { PartReport, Report } from './report.ts';

/** Lines of progress: on a terminal one live line below the finished ones, elsewhere finished lines only and no control characters. */
export function createReportPrinter(stream: NodeJS.WriteStream): Report {
  const working = new Map<string, string>();
  return (line) => {
    if (line.state === 'working') working.set(line.part, line.detail);
    else working.delete(line.part);
    if (stream.isTTY) stream.write('\r\u001B[K');
    if (line.state === 'ready') stream.write(`${finishedLine(line)}\n`);
    if (stream.isTTY && working.size > 0) stream.write(liveLine(working).slice(0, (stream.columns ?? 80) - 1));
  };
}

/** `  ✓ Temporal 1.9.1          44 MB from the package index                    7 s` */
export function finishedLine(line: PartReport): string {
  const seconds = line.seconds === undefined ? '' : `${Math.max(1, Math.round(line.seconds))} s`;
  return `  ✓ ${line.part.padEnd(22)}  ${line.detail.padEnd(44)}${seconds.padStart(6)}`.trimEnd();
}

function liveLine(working: ReadonlyMap<string, string>): string {
  return `  … ${[...working].map(([part, detail]) => `${part}: ${detail}`).join(' · ')}`;
}
