import { hashText } from '../hash.ts';
import type { Week } from '../calendar/week.ts';

/** A key taken apart. `keyId` may be shown and logged; `plain` never. */
export interface ApiKey {
  readonly keyId: string;
  readonly plain: string;
}

/** What decides whether a stored key still opens anything. */
export interface KeyLife {
  readonly state: 'active' | 'revoked';
  /** The first instant at which the key is unknown; null for never. */
  readonly expiresAtMs: number | null;
}

/** Bytes that `makeKey` wants: 8 for the id, then 32 for the secret. */
export const keyBytes = 40;

/** How long a rotated key goes on working beside the new one. */
export const rotationGraceMs = 24 * 3_600_000;

/** A probe's own key, where the week's was forgotten, lives this long. */
export const probeKeyLifeMs = 10 * 60_000;

/** Under which name the vault keeps a week's key. */
export function vaultName(property: string, week: Week): string {
  return `${property}/${week}`;
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idDigits = '0123456789abcdefghijklmnopqrstuvwxyz';
const [idLength, secretLength, checkLength] = [12, 43, 6];
const shape = new RegExp(`^almanac_(k[0-9a-z]{${idLength}})_[0-9A-Za-z]{${secretLength}}([0-9A-Za-z]{${checkLength}})$`);

/**
 * A key from 40 random bytes: `almanac_<id>_<secret><check>`. The secret is 256 bits in base 62 and the check the first 32
 * bits of the SHA-256 of all before it, so that scanners and people can tell a mistyped key from a wrong one.
 */
export function makeKey(random: Uint8Array): ApiKey {
  if (random.length !== keyBytes) throw new RangeError(`${random.length} random bytes; expected ${keyBytes}`);
  const keyId = `k${encode(random.subarray(0, 8), idDigits, 13).slice(-idLength)}`;
  const body = `almanac_${keyId}_${encode(random.subarray(8), digits, secretLength)}`;
  return { keyId, plain: body + checkOf(body) };
}

/** The parts of a key, or null when `text` is not one: wrong shape or wrong check. */
export function parseKey(text: string): ApiKey | null {
  const match = shape.exec(text);
  if (match?.[1] === undefined) return null;
  return checkOf(text.slice(0, -checkLength)) === match[2] ? { keyId: match[1], plain: text } : null;
}

/** What is stored instead of the key: its SHA-256, 64 hex digits. 256 random bits need no salt and no slow hash. */
export function hashKey(plain: string): string {
  return hashText(plain);
}

/** Whether a stored key opens anything at `nowMs`. */
export function isUsable(key: KeyLife, nowMs: number): boolean {
  return key.state === 'active' && (key.expiresAtMs === null || nowMs < key.expiresAtMs);
}

function checkOf(body: string): string {
  return encode(Uint8Array.from(hashText(body).slice(0, 8).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)), digits, checkLength);
}

/** Bytes as one big-endian number in the base of `alphabet`, padded to `length`. */
function encode(bytes: Uint8Array, alphabet: string, length: number): string {
  const base = BigInt(alphabet.length);
  let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = '';
  for (; value > 0n; value /= base) text = alphabet[Number(value % base)] + text;
  return text.padStart(length, alphabet[0]);
}
