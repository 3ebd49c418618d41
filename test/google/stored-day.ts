import type { Cassandra } from '../../src/stores/cassandra/connection.ts';
import type { ActivityEvent } from '../../src/domain/activity/event.ts';
import type { GenerationKey } from '../../src/ports/activity-store.ts';
import type { Ga4Row, Value } from './ga4-schema.ts';

/** What is kept of one event, its payload opened. */
export interface StoredRow extends ActivityEvent {
  readonly payload: unknown;
}

const kept = ['event_date', 'event_timestamp', 'event_name', 'user_pseudo_id', 'event_bundle_sequence_id', 'batch_event_index'] as const;
const keptParams = ['ga_session_id', 'value'];

/** The rows that a generation must hold of a day's table when nothing further is kept, said without the plug that reads it. In no order. */
export function rowsToStore(table: readonly Ga4Row[]): StoredRow[] {
  return table.filter(({ user_pseudo_id: user }) => user !== null).map((row) => {
    const params = (row.event_params as readonly { key: string; value: Ga4Row }[]).filter(({ key }) => keptParams.includes(key));
    const valueOf = (name: string): Value => Object.values(params.find(({ key }) => key === name)?.value ?? {})[0];
    const value = valueOf('value');
    const payload = Object.fromEntries(kept.filter((name) => row[name] !== null).map((name) => [name, row[name]]));
    return {
      user: row.user_pseudo_id as string, timeUs: row.event_timestamp as number, name: row.event_name as string, group: String(valueOf('ga_session_id')),
      value: value === undefined ? null : Number(value), payload: { ...digits(payload), event_params: params },
    };
  });
}

/** The rows that a generation must hold of a day's report, person by person and name by name, said without the plug that reads it. In no order. */
export function reportToStore(table: readonly Ga4Row[], noonUs: number): StoredRow[] {
  const known = table.filter(({ user_pseudo_id: user }) => user !== null);
  return [...Map.groupBy(known, (row) => JSON.stringify([row.user_pseudo_id, row.event_name])).values()].map((rows) => {
    const [user, name] = [rows[0]!.user_pseudo_id as string, rows[0]!.event_name as string]; // no group is empty
    const worth = rows.reduce((sum, row) => sum + Number(Object.values((row.event_params as readonly { key: string; value: Ga4Row }[]).find(({ key }) => key === 'value')?.value ?? {})[0] ?? 0), 0);
    return { user, timeUs: noonUs, name, value: worth || null, group: null, payload: { client: user, event_name: name, event_count: String(rows.length), event_value: String(worth) } };
  });
}

/** The rows of a generation as the store has them, by key; two of one key would be one. */
export async function storedRows(cassandra: Cassandra, { property, day, generation }: GenerationKey, shards: number): Promise<Map<string, StoredRow>> {
  const query = 'SELECT user, event_time_us, event_key, name, value, event_group, payload FROM raw_activity_stream_data WHERE property = ? AND day = ? AND generation = ? AND shard = ?';
  const rows = new Map<string, StoredRow>();
  for (let shard = 0; shard < shards; shard += 1) {
    for await (const page of cassandra.pages(query, [property, day, generation, shard], { pageRows: 1000 })) {
      for (const row of page) rows.set(row.event_key as string, { user: row.user as string, timeUs: Number(row.event_time_us), name: row.name as string, value: row.value as number | null, group: row.event_group as string | null, payload: JSON.parse(row.payload as string) });
    }
  }
  return rows;
}

/** In an order that is made of everything a row has. */
export function inOrder(rows: Iterable<StoredRow>): StoredRow[] {
  const text = ({ user, timeUs, name, value, group, payload }: StoredRow): string => JSON.stringify([user, timeUs, name, value, group, payload]);
  return [...rows].map((row) => ({ row, key: text(row) })).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row);
}

/** Whole numbers beyond 2^53 as JSON carries them. */
function digits(row: Ga4Row): object {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]));
}
