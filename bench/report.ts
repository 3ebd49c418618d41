import type { Figure } from './measure.ts';

/** The table that `npm run bench` ends with. */
export function tableOf(figures: readonly Figure[]): string {
  const head = ['', 'measured', 'aim', '', 'CPU s', 'Cassandra CPU s', 'peak MiB', ''];
  const rows = figures.map((figure) => [
    `${figure.bench}: ${figure.what}`.replace(/: {2}/, '   '), `${shown(figure.value)} ${figure.unit}`, aimOf(figure), verdictOf(figure),
    optional(figure.cpuSeconds), optional(figure.cassandraCpuSeconds), optional(figure.peakMiB), figure.note ?? '',
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] as string).length)));
  return [head, ...rows].map((row) => row.map((cell, column) => (column === 0 || column === 7 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number))).join('  ').trimEnd()).join('\n');
}

export function isMet({ value, aim }: Figure): boolean {
  if (!aim) return true;
  return 'atLeast' in aim ? value >= aim.atLeast : value <= aim.atMost;
}

function verdictOf(figure: Figure): string {
  return figure.aim ? (isMet(figure) ? 'met' : 'NOT met') : '';
}

function aimOf({ aim }: Figure): string {
  if (!aim) return '';
  return 'atLeast' in aim ? `≥ ${aim.atLeast}` : `≤ ${aim.atMost}`;
}

function optional(value: number | undefined): string {
  return value === undefined ? '' : shown(value);
}

function shown(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
