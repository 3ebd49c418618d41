/** Rows in columns, two spaces apart; nothing at the end of a line. A column of numbers is set to the right. */
export function table(rows: readonly (readonly (string | number | null)[])[], header?: readonly string[]): string {
  const shown = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : (cell ?? ''))));
  const all = header ? [[...header], ...shown] : shown;
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const isNumber = widths.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  return all.map((row) => row.map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd()).join('\n');
}

export function indent(text: string, by = '  '): string {
  return text.split('\n').map((line) => (line === '' ? line : by + line)).join('\n');
}
