import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** SHA-256 of the text's UTF-8 bytes, 64 lower-case hex digits. */
export function hashText(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** SHA-256 of the value written as JSON with sorted keys, so equal values have equal hashes. */
export function hashJson(value: Json): string {
  return hashText(canonicalJson(value));
}

/** JSON with the keys of every object sorted and undefined members left out (the order rule of RFC 8785). */
export function canonicalJson(value: Json | undefined): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  const entries = Object.entries(value as { [key: string]: Json | undefined })
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** The shard of a person: the first 32 bits of the SHA-256 of the id, modulo the property's fixed shard count. */
export function shardOf(user: string, shardCount: number): number {
  const digest = sha256(utf8ToBytes(user));
  return (((digest[0]! << 24) | (digest[1]! << 16) | (digest[2]! << 8) | digest[3]!) >>> 0) % shardCount; // a digest has 32 bytes
}
