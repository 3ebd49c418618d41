import cassandraDriver from 'cassandra-driver';
import { Failure } from '../../domain/failure.ts';
import type { DayState } from '../../domain/activity/manifest.ts';
import type { Day } from '../../domain/calendar/day.ts';
import type { CheckVerdict } from '../../domain/check.ts';
import type { Cassandra } from './connection.ts';

/** What generation 0 of a day holds: which generation readers read, and how the newest look ended. */
export interface DayPointer {
  readonly current: number;
  readonly state: DayState;
  readonly reason: string | null;
  readonly checks: readonly CheckVerdict[];
}

const { localQuorum, localSerial } = cassandraDriver.types.consistencies;
const attempts = 20;

/**
 * Changes a day's pointer by compare-and-set: `decide` sees what is there and returns what should be (null: leave it).
 * Returns whether the pointer is now as decided. An unknown outcome is read again before anything is tried again, and
 * a pointer that is already right is not written. The first look is a plain read: what it misses, the condition refuses.
 */
export async function changePointer(cassandra: Cassandra, property: string, day: Day, decide: (seen: DayPointer | null) => DayPointer | null): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const seen = await readPointer(cassandra, property, day, attempt === 0 ? localQuorum : localSerial);
    const wanted = decide(seen);
    if (!wanted) return false;
    if (seen && isSame(seen, wanted)) return true;
    if ((await write(cassandra, property, day, seen, wanted)) === 'applied') return true;
  }
  throw new Failure('busy', `the pointer of day ${day} of "${property}" was changed by others ${attempts} times in a row`, { isFinal: false });
}

/** The pointer as the last finished conditional write left it; read plainly, perhaps without one that is on its way. */
export async function readPointer(cassandra: Cassandra, property: string, day: Day, consistency = localSerial): Promise<DayPointer | null> {
  const query = 'SELECT current, state, reason, checks FROM day_manifests WHERE property = ? AND day = ? AND generation = 0';
  const row = (await cassandra.execute(query, [property, day], { consistency })).first();
  return row && { current: row.current as number, state: row.state as DayState, reason: (row.reason as string | null) || null, checks: checksOf(row.checks) };
}

function write(cassandra: Cassandra, property: string, day: Day, seen: DayPointer | null, wanted: DayPointer) {
  // No reason is the empty text: a written null would be a tombstone.
  const values = [wanted.current, wanted.state, wanted.reason ?? '', JSON.stringify(wanted.checks)];
  if (!seen) {
    return cassandra.conditional('INSERT INTO day_manifests (property, day, generation, current, state, reason, checks) VALUES (?, ?, 0, ?, ?, ?, ?) IF NOT EXISTS', [property, day, ...values]);
  }
  return cassandra.conditional(
    'UPDATE day_manifests SET current = ?, state = ?, reason = ?, checks = ? WHERE property = ? AND day = ? AND generation = 0 IF current = ? AND state = ? AND reason = ?',
    [...values, property, day, seen.current, seen.state, seen.reason ?? ''],
  );
}

function isSame(a: DayPointer, b: DayPointer): boolean {
  return a.current === b.current && a.state === b.state && (a.reason ?? '') === (b.reason ?? '') && JSON.stringify(a.checks) === JSON.stringify(b.checks);
}

/** The verdicts in a column; none where the row is older than checks. */
export function checksOf(column: unknown): readonly CheckVerdict[] {
  return column ? (JSON.parse(column as string) as CheckVerdict[]) : [];
}
