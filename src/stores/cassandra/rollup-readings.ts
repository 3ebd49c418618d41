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
    async dropAside(property, hour, readings) {
      const query = 'DELETE FROM rollup_aside USING TIMESTAMP ? WHERE property = ? AND hour = ? AND member = ? AND platform = ? AND second = ?';
      const pieces = inPieces(readings).map((piece) => piece.map(({ member, platform, second, writtenUs }) => ({ query, params: [writtenUs, property, hour, member, platform, second] })));
      await eachInFlight(pieces, piecesInFlight, (piece) => cassandra.batch(piece));
      if (await isAnyAside(property, hour)) return;
      await cassandra.execute('DELETE FROM rollup_aside_hours WHERE property = ? AND hour = ?', [property, hour]);
      if (await isAnyAside(property, hour)) await nameAsideHour(property, hour);
    },
  };
}

function inPieces<One extends Reading>(readings: readonly One[]): One[][] {
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
