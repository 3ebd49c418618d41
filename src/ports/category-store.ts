import type { Account, Game } from '../domain/rollup/accounts.ts';
import type { BucketName } from '../domain/rollup/bucket-name.ts';
import type { CategoryRow } from '../domain/rollup/categories.ts';

/** The totals of one day by category, and what they were made from. */
export interface CategoryDay {
  readonly property: string;
  readonly day: BucketName;
  readonly inputs: string;
  readonly rows: readonly CategoryRow[];
}

/** SOCKET: who belongs where from which day on, and the totals by that. */
export interface CategoryStore {
  /** Upserts by (member, from) and (game, from). */
  writeAccounts(property: string, accounts: readonly Account[]): Promise<void>;
  writeGames(property: string, games: readonly Game[]): Promise<void>;
  readAccounts(property: string): Promise<readonly Account[]>;
  readGames(property: string): Promise<readonly Game[]>;
  /** In place of the totals of the day that are there; a reader sees those or these. */
  writeDay(day: CategoryDay): Promise<void>;
  /** In order of category and rank; null where the day has no totals. */
  readDay(property: string, day: BucketName): Promise<CategoryDay | null>;
}
