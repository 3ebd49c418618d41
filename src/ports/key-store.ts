import type { Week } from '../domain/calendar/week.ts';

/** A stored key: never the key itself, only its SHA-256. */
export interface StoredKey {
  readonly property: string;
  readonly week: Week;
  readonly keyId: string;
  readonly sha256: string;
  readonly state: 'active' | 'revoked';
  /** After this instant the key is unknown; null for never. */
  readonly expiresAtMs: number | null;
}

/** SOCKET: hashes of API keys. */
export interface KeyStore {
  /** Creates the week's key if it has none for this slot; returns the one that holds (which may be another caller's). */
  createIfAbsent(key: StoredKey): Promise<StoredKey>;
  listKeys(property: string): Promise<readonly StoredKey[]>;
  revoke(property: string, week: Week, keyId: string): Promise<void>;
  expire(property: string, week: Week, keyId: string, atMs: number): Promise<void>;
}

/** SOCKET: the one place a plain key may be read from, until it is forgotten. */
export interface KeyVault {
  /** The plain key under `name`, made by `make` when there is none; two callers get the same one. */
  createIfAbsent(name: string, make: () => string): Promise<string>;
  read(name: string): Promise<string | null>;
  replace(name: string, plainKey: string): Promise<void>;
  forget(name: string): Promise<void>;
}
