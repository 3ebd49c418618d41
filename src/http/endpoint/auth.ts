import { hash, timingSafeEqual } from 'node:crypto';
import { isUsable } from '../../domain/release/api-key.ts';
import { opensCurrent } from '../../domain/release/current.ts';
import { bearerOf } from '../bearer.ts';
import type { KeyView, PropertyView } from './snapshot.ts';

const idStart = 'almanac_'.length;
const idEnd = idStart + 13;
/** Compared with when there is no such key, so that an unknown key costs what a wrong one costs. Hashes to nothing. */
const nobody: KeyView = { keyId: '', week: '', digest: Buffer.alloc(32), state: 'revoked', expiresAtMs: 0 };

/**
 * The key in the header if it opens `week` (a week, or `current`) of the property now, else null. A missing, malformed,
 * unknown, revoked or expired key and one of another week take the same steps: one SHA-256, one constant-time compare.
 */
export function authenticate(property: PropertyView | undefined, week: string, authorization: string | undefined, nowMs: number): KeyView | null {
  const plain = bearerOf(authorization);
  const digest = hash('sha256', plain, 'buffer');
  const key = property?.keys.get(plain.slice(idStart, idEnd)) ?? nobody;
  const isEqual = timingSafeEqual(digest, key.digest);
  const isOpen = isUsable(key, nowMs) && property !== undefined && opens(property, week, key, nowMs);
  return isEqual && isOpen ? key : null;
}

function opens(property: PropertyView, week: string, key: KeyView, nowMs: number): boolean {
  if (week !== 'current') return key.week === week;
  return property.current !== null && opensCurrent(property.current, key.week, nowMs);
}
