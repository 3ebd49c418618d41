import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { accountsOf, gamesOf } from '../src/domain/rollup/generator.ts';
import { DAY } from './rollup-world.ts';
import type { ReadingColumns } from '../src/domain/rollup/reading.ts';

const figures = 'sum(sum) AS sum, sum(count) AS count, min(min) AS min, max(max) AS max, arg_min(first, begins) AS first, arg_max(last, begins) AS last, sum(sum) / sum(count) AS mean, sum(minutes) AS minutes';

/** The four group-bys: seconds to minutes, minutes to hours, hours to days, days to totals by category. */
const GROUP_BYS = [
  'CREATE OR REPLACE TABLE minutes AS SELECT member, platform, second // 60 * 60 AS begins, sum(value) AS sum, count(*) AS count, min(value) AS min, max(value) AS max, arg_min(value, second) AS first, arg_max(value, second) AS last, avg(value) AS mean, 1 AS minutes FROM readings GROUP BY ALL',
  `CREATE OR REPLACE TABLE hours AS SELECT member, platform, m.begins // 3600 * 3600 AS hour, ${figures} FROM minutes m GROUP BY member, platform, hour`,
  `CREATE OR REPLACE TABLE days AS SELECT member, platform, h.begins // 86400 * 86400 AS day, ${figures} FROM (SELECT * EXCLUDE hour, hour AS begins FROM hours UNION ALL BY NAME SELECT * FROM hours_before) h GROUP BY member, platform, day`,
  ...['game', 'genre', 'console', 'language'].map((category) => `CREATE OR REPLACE TABLE by_${category} AS SELECT coalesce(${category}, 'unknown') AS value, count(DISTINCT member) AS members, sum(sum) AS sum, sum(count) AS count, sum(mean) AS figure FROM days LEFT JOIN accounts USING (member) LEFT JOIN games USING (game) GROUP BY 1`),
];

/** A DuckDB in memory or in a file, with its own choice of threads. */
export async function openDuckdb(file = ':memory:') {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run('CREATE TABLE readings (member VARCHAR, platform VARCHAR, second BIGINT, value DOUBLE)');
  await connection.run('CREATE TABLE hours_before (member VARCHAR, platform VARCHAR, begins BIGINT, sum DOUBLE, count BIGINT, min DOUBLE, max DOUBLE, first DOUBLE, last DOUBLE, mean DOUBLE, minutes BIGINT)');
  return {
    connection,
    append: (readings: ReadingColumns) => append(connection, readings),
    async fillCategories(members: number): Promise<void> {
      const world = { seed: 7, members, platforms: [], firstDay: '2019-01-01', days: 31 };
      await connection.run('CREATE TABLE accounts (member VARCHAR, game VARCHAR, language VARCHAR); CREATE TABLE games (game VARCHAR, genre VARCHAR, console VARCHAR)');
      const accounts = new Map(accountsOf(world).filter(({ from }) => from <= DAY).map((one) => [one.member, one]));
      const games = new Map(gamesOf(world).filter(({ from }) => from <= DAY).map((one) => [one.game, one]));
      for (const { member, game, language } of accounts.values()) await connection.run('INSERT INTO accounts VALUES (?, ?, ?)', [member, game, language]);
      for (const { game, genre, console } of games.values()) await connection.run('INSERT INTO games VALUES (?, ?, ?)', [game, genre, console]);
    },
    async groupBys(): Promise<void> {
      for (const statement of GROUP_BYS) await connection.run(statement);
    },
    /** To compare with ours. */
    async dayOf(member: string, platform: string): Promise<readonly number[]> {
      const [row] = await (await connection.runAndReadAll('SELECT sum, count, min, max, first, last, mean FROM days WHERE member = ? AND platform = ?', [member, platform])).getRows();
      return (row ?? []).map(Number);
    },
    close(): void {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function append(connection: DuckDBConnection, { members, platforms, seconds, values }: ReadingColumns): Promise<void> {
  const appender = await connection.createAppender('readings');
  for (const [at, value] of values.entries()) {
    appender.appendVarchar(members[at] ?? '');
    appender.appendVarchar(platforms[at] ?? '');
    appender.appendBigInt(BigInt(seconds[at] ?? 0));
    appender.appendDouble(value);
    appender.endRow();
  }
  appender.closeSync();
}
