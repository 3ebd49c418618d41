import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Figure } from './measure.ts';

interface LastRun {
  readonly measuredOn: string;
  readonly node: string;
  readonly sizes: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
}

const file = new URL('last.json', import.meta.url);

/** Keeps the newest figures of a bench beside those of the others; a figure that was not measured is null. Says nothing of the machine. */
export function keepFigures(bench: string, sizes: LastRun['sizes'], figures: readonly Figure[]): void {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, LastRun>) : {};
  known[bench] = { measuredOn: new Date().toISOString().slice(0, 10), node: process.version, sizes, figures: figures.map(rounded) };
  writeFileSync(file, `${JSON.stringify(known, null, 2)}\n`);
}

function rounded(figure: Figure): Figure {
  return Object.fromEntries(Object.entries(figure).map(([name, value]) => [name, typeof value === 'number' ? Number(value.toPrecision(4)) : value])) as unknown as Figure;
}
