import { Failure } from '../../domain/failure.ts';
import { CATEGORIES, type Category } from '../../domain/rollup/accounts.ts';
import { periodOf } from '../../domain/rollup/bucket-name.ts';
import { eachInFlight } from './in-flight.ts';
import type { CategoryRow } from '../../domain/rollup/categories.ts';
import type { CategoryStore } from '../../ports/category-store.ts';
import type { Cassandra, Statement } from './connection.ts';

const batchRows = 150;
const batchesInFlight = 8;
const pageRows = 5000;
/** How often a day is read that is made anew while it is read. */
const readRounds = 5;
const figures = ['members', 'partial', 'sum', 'count', 'figure', 'share', 'rank'] as const;
const insert = `INSERT INTO rollup_categories (property, day, inputs, category, value, ${figures.join(', ')}) VALUES (?, ?, ?, ?, ?, ${figures.map(() => '?').join(', ')})`;

/** Totals by category in Cassandra, each day's under what they were made from. Its tables are among `rollupTables`. */
export function createRollupCategories(cassandra: Cassandra): CategoryStore {
  const inBatches = (statements: readonly Statement[]): Promise<void> => {
    const batches = Array.from({ length: Math.ceil(statements.length / batchRows) }, (_, at) => statements.slice(at * batchRows, (at + 1) * batchRows));
    return eachInFlight(batches, batchesInFlight, (batch) => cassandra.batch(batch));
  };
  const inputsOf = async (property: string, day: string): Promise<string | null> =>
    ((await cassandra.execute('SELECT inputs FROM rollup_category_days WHERE property = ? AND month = ? AND day = ?', [property, periodOf('day', day), day])).first()?.inputs as string | undefined) ?? null;
  const rowsOf = async (property: string, day: string, inputs: string): Promise<CategoryRow[]> => {
    const found: CategoryRow[] = [];
    for await (const rows of cassandra.pages(`SELECT category, value, ${figures.join(', ')} FROM rollup_categories WHERE property = ? AND day = ? AND inputs = ?`, [property, day, inputs], { pageRows })) {
      found.push(...rows.map((row) => ({
        category: row.category as Category, value: row.value as string, members: Number(row.members), partial: Number(row.partial), sum: row.sum as number, count: Number(row.count),
        figure: row.figure as number, share: row.share as number, rank: row.rank as number,
      })));
    }
    return found.sort((a, b) => CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category) || a.rank - b.rank || (a.value < b.value ? -1 : 1));
  };

  return {
    writeAccounts: (property, accounts) => inBatches(accounts.map(({ member, from, language, game }) => ({ query: 'INSERT INTO rollup_accounts (property, member, from_day, language, game) VALUES (?, ?, ?, ?, ?)', params: [property, member, from, language, game] }))),
    writeGames: (property, games) => inBatches(games.map(({ game, from, genre, console }) => ({ query: 'INSERT INTO rollup_games (property, game, from_day, genre, console) VALUES (?, ?, ?, ?, ?)', params: [property, game, from, genre, console] }))),
    async readAccounts(property) {
      const found = [];
      for await (const rows of cassandra.pages('SELECT member, from_day, language, game FROM rollup_accounts WHERE property = ?', [property], { pageRows })) {
        found.push(...rows.map((row) => ({ member: row.member as string, from: row.from_day as string, language: row.language as string, game: row.game as string })));
      }
      return found;
    },
    async readGames(property) {
      const found = [];
      for await (const rows of cassandra.pages('SELECT game, from_day, genre, console FROM rollup_games WHERE property = ?', [property], { pageRows })) {
        found.push(...rows.map((row) => ({ game: row.game as string, from: row.from_day as string, genre: row.genre as string, console: row.console as string })));
      }
      return found;
    },
    async writeDay({ property, day, inputs, rows }) {
      const before = await inputsOf(property, day);
      await inBatches(rows.map((row) => ({ query: insert, params: [property, day, inputs, row.category, row.value, ...figures.map((figure) => row[figure])] })));
      await cassandra.execute('INSERT INTO rollup_category_days (property, month, day, inputs) VALUES (?, ?, ?, ?)', [property, periodOf('day', day), day, inputs]);
      if (before !== null && before !== inputs) await cassandra.execute('DELETE FROM rollup_categories WHERE property = ? AND day = ? AND inputs = ?', [property, day, before]);
    },
    async readDay(property, day) {
      let inputs = await inputsOf(property, day);
      for (let round = 0; inputs !== null && round < readRounds; round += 1) {
        const rows = await rowsOf(property, day, inputs);
        // Rows of before are deleted when others are there: who has read a part of them, or none, reads the others.
        const now = await inputsOf(property, day);
        if (now === inputs) return { property, day, inputs, rows };
        inputs = now;
      }
      if (inputs === null) return null;
      throw new Failure('busy', `totals of ${day} of "${property}" are being made again and again; ask once more`, { isFinal: false });
    },
  };
}
