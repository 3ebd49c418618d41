import { hashText } from '../hash.ts';
import { parseReleaseName, releaseName } from './release.ts';
import type { RevisionKey } from './release.ts';

/** Where a walk over a release's people goes on: after `afterUser` in `shard`, or at the shard's beginning. */
export interface WalkPosition {
  readonly shard: number;
  readonly afterUser?: string;
}

/** A walk belongs to one release: a switch in the middle of it changes nothing for whoever walks. */
export interface Cursor extends WalkPosition {
  readonly release: Omit<RevisionKey, 'property'>;
}

const checkLength = 8;

/** The cursor as opaque base64url text. The check only catches damage: a cursor opens nothing that its key does not. */
export function formatCursor(property: string, cursor: Cursor): string {
  const body = JSON.stringify([releaseName(cursor.release), cursor.shard, ...(cursor.afterUser === undefined ? [] : [cursor.afterUser])]);
  return toBase64Url(checkOf(property, body) + body);
}

/** The cursor that `formatCursor` wrote for the same property, or null for anything else. */
export function parseCursor(property: string, text: string): Cursor | null {
  const decoded = fromBase64Url(text);
  if (decoded === null) return null;
  const body = decoded.slice(checkLength);
  if (decoded.slice(0, checkLength) !== checkOf(property, body)) return null;
  const position = parsePosition(body);
  const release = parseReleaseName(String(position[0]));
  const [, shard, afterUser] = position;
  if (release === null || !Number.isInteger(shard) || Number(shard) < 0) return null;
  if (afterUser !== undefined && typeof afterUser !== 'string') return null;
  return { release, shard: Number(shard), ...(afterUser === undefined ? {} : { afterUser }) };
}

function parsePosition(json: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function checkOf(property: string, body: string): string {
  return hashText(`${property}\n${body}`).slice(0, checkLength);
}

function toBase64Url(text: string): string {
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): string | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    return null;
  }
}
