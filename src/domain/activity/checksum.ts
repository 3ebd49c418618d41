/**
 * Order-independent sum over the event keys of a generation: two 32-bit sums of two hashes of each key, 16 hex digits.
 * Whoever has read all events, in any order and in any pieces, arrives at the same text. Not a defence against malice.
 */
export type Checksum = string;

export const emptyChecksum: Checksum = '0000000000000000';

/** The checksum of what `checksum` covers and these event keys. */
export function addToChecksum(checksum: Checksum, eventKeys: Iterable<string>): Checksum {
  let high = Number.parseInt(checksum.slice(0, 8), 16);
  let low = Number.parseInt(checksum.slice(8), 16);
  for (const key of eventKeys) {
    // FNV-1a (32 bits) forwards, and the same backwards with another start: together 64 bits.
    let forwards = 0x811c9dc5;
    let backwards = 0x9e3779b9;
    for (let at = 0, last = key.length - 1; at <= last; at += 1) {
      forwards = Math.imul(forwards ^ key.charCodeAt(at), 0x01000193);
      backwards = Math.imul(backwards ^ key.charCodeAt(last - at), 0x01000193);
    }
    high = (high + forwards) >>> 0;
    low = (low + backwards) >>> 0;
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
