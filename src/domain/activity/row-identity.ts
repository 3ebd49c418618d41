/**
 * The identity of an event inside a day: hash of its source row, and how many equal rows came before it in the day. A
 * pure function of the day's content: the same whatever the order of unequal rows, the size of chunks or the number of tries.
 */
export function eventKeyOf(rowHash: string, ordinal: number): string {
  return `${rowHash}.${ordinal}`;
}

/** Characters of a row hash: 128 bits of SHA-256 over the row's JSON, in base64url. */
export const rowHashLength = 22;
