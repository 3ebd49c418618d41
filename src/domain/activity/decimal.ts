/** The number that a text states with a dot as decimal sign: NaN when it is not one, null when it is blank. */
export function decimalOf(text: string): number | null {
  if (text === '') return null;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
}
