import type { BucketRow } from '../../domain/rollup/bucket-rows.ts';
import type { CopyKey } from '../../ports/series-store.ts';
import type { types } from 'cassandra-driver';

const SERIES_TABLE = /^series_[a-z][a-z0-9_]{0,31}_[1-9]\d{0,7}$/;

export const seriesFigures = ['sum', 'count', 'min', 'max', 'first', 'last', 'mean', 'minutes'] as const;

/** The table of a copy. A name cannot be a parameter, so it is matched; names of properties have no `_`, so no two are alike. */
export function seriesTableOf({ property, copy }: CopyKey): string {
  const name = `series_${property.replaceAll('-', '_')}_${copy}`;
  if (!SERIES_TABLE.test(name)) throw new RangeError(`copy ${copy} of "${property}" gives no table name`);
  return name;
}

/** Rows of member '' are no member's: they say what is there, one for each bucket and shard. */
export function seriesTable(key: CopyKey): string {
  return `CREATE TABLE IF NOT EXISTS ${seriesTableOf(key)} (
    level text,
    member text,
    period text,
    start bigint,
    platform text,
    bucket text,
    revision int,
    sum double,
    count bigint,
    min double,
    max double,
    first double,
    last double,
    mean double,
    minutes int,
    checksum text,
    digest bigint,
    PRIMARY KEY ((level, member, period), start, platform)
  )`;
}

export function seriesRowOf(member: string, row: types.Row): BucketRow {
  return {
    member, platform: row.platform as string, sum: row.sum as number, count: Number(row.count), min: row.min as number, max: row.max as number,
    first: row.first as number, last: row.last as number, mean: row.mean as number, minutes: row.minutes as number,
  };
}
