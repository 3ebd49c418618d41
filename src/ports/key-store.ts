import type { Week } from '../domain/calendar/week.ts';

/** A stored key: never the key itself, only its SHA-256. */
export interface StoredKey {
  readonly property: string;
  readonly week: Week;
  /** Why the key exists: `first`, `rotation/<request>` or `probe/<key id>`. One slot holds one key for good. */
  readonly slot: string;
  readonly keyId: string;
  readonly sha256: string;
  readonly state: 'active' | 'revoked';
  /** From this instant on the key is unknown; null for never. */
  readonly expiresAtMs: number | null;
}

/** SOCKET: hashes of API keys. */
export interface KeyStore {
  /** Creates the key if its slot is empty; returns the one that holds the slot (which may be another caller's). */
  createIfAbsent(key: StoredKey): Promise<StoredKey>;
  /** Every key of the property, by week and slot. Keys that were born to expire disappear a day after they did. */
  listKeys(property: string): Promise<readonly StoredKey[]>;
  /** For good. Fails with `key-missing` when the week has no such key. */
  revoke(property: string, week: Week, keyId: string): Promise<void>;
  /** Sets when the key expires; the earliest instant ever set holds. Fails with `key-missing`. */
  expire(property: string, week: Week, keyId: string, atMs: number): Promise<void>;
}

/** SOCKET: the one place a plain key may be read from, until it is forgotten. */
export interface KeyVault {
  /** The plain key under `name`, made by `make` when there is none; two callers get the same one. */
  createIfAbsent(name: string, make: () => string): Promise<string>;
  read(name: string): Promise<string | null>;
  replace(name: string, plainKey: string): Promise<void>;
  /** Nothing happens when there is none. */
  forget(name: string): Promise<void>;
}
