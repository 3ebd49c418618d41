import { hashText } from '../../domain/hash.ts';
import { secondName } from '../../domain/rollup/bucket-name.ts';
import { noInputs } from '../../domain/rollup/seal.ts';
import { eachInFlight } from './in-flight.ts';
import type { Reading, ReadingColumns } from '../../domain/rollup/reading.ts';
import type { AsideReading, MinuteKey, ReadingStore } from '../../ports/rollup-store.ts';
import type { Cassandra, Statement } from './connection.ts';
import type { types } from 'cassandra-driver';

const pieceRows = 150;
const pageRows = 5000;
const piecesInFlight = 8;
/** Sorts before every member, none of whom has an empty name. */
const pieceMember = '';

const insert = 'INSERT INTO rollup_readings (property, minute, shard, member, platform, second, value) VALUES (?, ?, ?, ?, ?, ?, ?) USING TTL ?';
const ofMinute = 'FROM rollup_readings WHERE property = ? AND minute = ? AND shard = ?';

/** By how much writers' clocks may differ: what is younger is dropped row by row, so that nothing that came in between goes with it. */
const CLOCKS_APART_MS = 60_000;
const ofAsideHour = 'FROM rollup_aside WHERE property = ? AND hour = ?';

/** Readings in Cassandra. Its tables are `rollupTables`. */
export function createRollupReadings(cassandra: Cassandra): ReadingStore {
  const nameAsideHour = (property: string, hour: string): Promise<unknown> => cassandra.execute('INSERT INTO rollup_aside_hours (property, hour) VALUES (?, ?)', [property, hour]);
  const isAnyAside = async (property: string, hour: string): Promise<boolean> => (await cassandra.execute(`SELECT member ${ofAsideHour} LIMIT 1`, [property, hour])).rowLength > 0;
  return {
    async writeReadings({ property, minute, shard }, readings, keepSeconds) {
      const row = (member: string, platform: string, second: number, value: number): Statement => ({ query: insert, params: [property, minute, shard, member, platform, second, value, keepSeconds] });
      // One partition, so a piece and what stands for it are written both or neither.
      const pieces = inPieces(readings).map((piece) => [
        row(pieceMember, nameOf(piece), 0, piece.length),
        ...piece.map(({ member, platform, second, value }) => row(member, platform, second, value)),
      ]);
      await eachInFlight(pieces, piecesInFlight, (piece) => cassandra.batch(piece));
    },
    async readInputs({ property, minute, shard }) {
      const names: string[] = [];
      for await (const rows of cassandra.pages(`SELECT platform ${ofMinute} AND member = ?`, [property, minute, shard, pieceMember], { pageRows })) names.push(...rows.map((row) => row.platform as string));
      return names.length === 0 ? noInputs : hashText(names.join()).slice(0, 32);
    },
    async *readReadings({ property, minute, shard }) {
      for await (const rows of cassandra.pages(`SELECT member, platform, second, value ${ofMinute} AND member > ?`, [property, minute, shard, pieceMember], { pageRows })) yield readColumns(rows);
    },
    async noteLate({ property, minute, shard }, keepSeconds) {
      await cassandra.execute('INSERT INTO rollup_late (property, day, minute, shard) VALUES (?, ?, ?, ?) USING TTL ?', [property, minute.slice(0, 10), minute, shard, keepSeconds]);
    },
    async listLate(property, utcDay) {
      const found: MinuteKey[] = [];
      for await (const rows of cassandra.pages('SELECT minute, shard FROM rollup_late WHERE property = ? AND day = ?', [property, utcDay], { pageRows })) {
        found.push(...rows.map((row) => ({ property, minute: row.minute as string, shard: row.shard as number })));
      }
      return found;
    },
    async keepAside(property, readings) {
      for (const [hour, ofHour] of Map.groupBy(readings, ({ second }) => secondName(second).slice(0, 13))) {
        // Before them, so that no crash hides them, and after, in case the hour was left out as empty meanwhile.
        await nameAsideHour(property, hour);
        const query = 'INSERT INTO rollup_aside (property, hour, member, platform, second, value) VALUES (?, ?, ?, ?, ?, ?)';
        const pieces = inPieces(ofHour).map((piece) => piece.map(({ member, platform, second, value }) => ({ query, params: [property, hour, member, platform, second, value] })));
        await eachInFlight(pieces, piecesInFlight, (piece) => cassandra.batch(piece));
        await nameAsideHour(property, hour);
      }
    },
    async listAsideHours(property) {
      const hours: string[] = [];
      for await (const rows of cassandra.pages('SELECT hour FROM rollup_aside_hours WHERE property = ?', [property], { pageRows })) hours.push(...rows.map((row) => row.hour as string));
      return hours;
    },
    async countAside(property, hour, call) {
      let readings = 0;
      // Page by page: a count of millions of rows in one answer is not there in time.
      for await (const rows of cassandra.pages(`SELECT second ${ofAsideHour}`, [property, hour], { pageRows })) {
        call?.signal?.throwIfAborted();
        call?.onProgress?.();
        readings += rows.length;
      }
      return readings;
    },
    async *readAside(property, hour) {
      for await (const rows of cassandra.pages(`SELECT member, platform, second, value, WRITETIME(value) AS written ${ofAsideHour}`, [property, hour], { pageRows })) yield rows.map(asideOf);
    },
    async dropAside(property, hour, page, drops) {
      const settledUs = (Date.now() - CLOCKS_APART_MS) * 1000;
      const statements = runsOf(page, drops).flatMap((run) => (run.every(({ writtenUs }) => writtenUs < settledUs) ? [dropRun(property, hour, run)] : run.map((one) => dropRun(property, hour, [one]))));
      await eachInFlight(inPieces(statements), piecesInFlight, (piece) => cassandra.batch(piece));
    },
    async closeAsideHour(property, hour) {
      if (await isAnyAside(property, hour)) return;
      await cassandra.execute('DELETE FROM rollup_aside_hours WHERE property = ? AND hour = ?', [property, hour]);
      if (await isAnyAside(property, hour)) await nameAsideHour(property, hour);
    },
  };
}

/** Readings that follow each other and are dropped: one mark for a run, because a read fails that meets a hundred thousand marks of rows. */
function runsOf(page: readonly AsideReading[], drops: (reading: AsideReading) => boolean): AsideReading[][] {
  const runs: AsideReading[][] = [];
  let isRunning = false;
  for (const reading of page) {
    const isDropped = drops(reading);
    if (isDropped && isRunning) runs.at(-1)?.push(reading);
    else if (isDropped) runs.push([reading]);
    isRunning = isDropped;
  }
  return runs;
}

/** Everything from the first to the last that was written no later than the newest of them. */
function dropRun(property: string, hour: string, run: readonly AsideReading[]): Statement {
  const [first, last] = [run[0]!, run.at(-1)!]; // no run is empty
  const place = ({ member, platform, second }: AsideReading): unknown[] => [member, platform, second];
  const writtenUs = run.reduce((newest, one) => Math.max(newest, one.writtenUs), 0);
  return {
    query: 'DELETE FROM rollup_aside USING TIMESTAMP ? WHERE property = ? AND hour = ? AND (member, platform, second) >= (?, ?, ?) AND (member, platform, second) <= (?, ?, ?)',
    params: [writtenUs, property, hour, ...place(first), ...place(last)],
  };
}

function inPieces<One>(readings: readonly One[]): One[][] {
  return Array.from({ length: Math.ceil(readings.length / pieceRows) }, (_, at) => readings.slice(at * pieceRows, (at + 1) * pieceRows));
}

/** Made from what is in it, so that the same piece again changes nothing. */
function nameOf(piece: readonly Reading[]): string {
  return hashText(JSON.stringify(piece.map(({ member, platform, second, value }) => [member, platform, second, value]))).slice(0, 32);
}

function asideOf(row: types.Row): AsideReading {
  return { member: row.member as string, platform: row.platform as string, second: Number(row.second), value: row.value as number, writtenUs: Number(row.written) };
}

/** Rows that follow each other are mostly of one member: its text is kept once, and to compare it is to compare an address. */
function readColumns(rows: readonly types.Row[]): ReadingColumns {
  const columns = { members: [] as string[], platforms: [] as string[], seconds: [] as number[], values: [] as number[] };
  let [member, platform] = ['', ''];
  for (const row of rows) {
    if (row.member !== member) member = row.member as string;
    if (row.platform !== platform) platform = row.platform as string;
    columns.members.push(member);
    columns.platforms.push(platform);
    columns.seconds.push((row.second as types.Long).toNumber()); // `Number` would go by way of a text
    columns.values.push(row.value as number);
  }
  return columns;
}
