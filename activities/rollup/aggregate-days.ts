import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { Failure } from '../../src/domain/failure.ts';
import { hashJson } from '../../src/domain/hash.ts';
import { categoriesOn } from '../../src/domain/rollup/accounts.ts';
import { bucketsIn, dayOfName, type BucketName, type Span } from '../../src/domain/rollup/bucket-name.ts';
import { categorising, categoryMismatches } from '../../src/domain/rollup/categories.ts';
import { totalsOf } from '../../src/domain/rollup/total.ts';
import { provenRows } from './proven-rows.ts';
import type { Json } from '../../src/domain/hash.ts';
import type { Seal } from '../../src/domain/rollup/seal.ts';
import type { Plugs } from '../plugs.ts';

type Needs = Pick<Plugs, 'rollupSettingsOf' | 'rollupStore' | 'categoryStore'>;

export interface Aggregated {
  /** Days whose totals are others now. */
  readonly days: readonly BucketName[];
  /** Rows of days that were read for them. */
  readonly read: number;
  /** Days that are not built, so there is nothing to make totals from; absent where an earlier version looked. */
  readonly unbuilt?: readonly BucketName[];
}

/** Grows by one when the same days would give other totals. */
const AGGREGATE_VERSION = 1;

/**
 * Totals by category of the days of a span that are built, where they are not made from what is there now: the days'
 * content, and who belonged where. Fails with `rollup-mismatch` where a category does not add up to its day.
 */
export const aggregateDays = (plugs: Needs) =>
  async ({ property, span }: { property: string; span: Span }): Promise<Aggregated> => {
    const { timeZone } = plugs.rollupSettingsOf(property);
    const [changed, unbuilt]: [BucketName[], BucketName[]] = [[], []];
    let read = 0;
    for (const day of bucketsIn('day', span, timeZone)) {
      cancellationSignal().throwIfAborted();
      const done = await aggregate(plugs, property, day);
      if (done === 'not-built') unbuilt.push(day);
      else if (done !== null) {
        changed.push(day);
        read += done;
      }
      heartbeat();
    }
    return { days: changed, read, unbuilt };
  };

/** The rows that were read; null where the totals are made from what is there. */
async function aggregate(plugs: Needs, property: string, day: BucketName): Promise<number | 'not-built' | null> {
  const { rollupStore, categoryStore, rollupSettingsOf } = plugs;
  const settings = rollupSettingsOf(property);
  const seals = (await rollupStore.readSeals(property, 'day', [day])).toSorted((a, b) => a.shard - b.shard);
  if (seals.length < settings.shards) return 'not-built';
  const [accounts, games] = [await categoryStore.readAccounts(property), await categoryStore.readGames(property)];
  const on = dayOfName(day);
  const known = [accounts, games].map((entries) => entries.filter(({ from }) => from <= on)) as unknown as Json;
  const { measure, platforms, everySeconds } = settings;
  const inputs = hashJson({ version: AGGREGATE_VERSION, days: seals.map(({ checksum }) => checksum), known, measure, platforms, everySeconds }).slice(0, 32);
  if ((await categoryStore.readDay(property, day))?.inputs === inputs) return null;

  const collected = categorising(categoriesOn(on, accounts, games), measure);
  for (const seal of seals) {
    collected.add(totalsOf(await provenRows(plugs, seal), day, settings));
    heartbeat();
  }
  const rows = collected.rows();
  const [mismatch] = categoryMismatches(rows, day, sumOf(seals));
  if (mismatch) throw new Failure('rollup-mismatch', `${mismatch.sentence}; nothing was written`);
  await categoryStore.writeDay({ property, day, inputs, rows });
  return seals.reduce((sum, { rows: count }) => sum + count, 0);
}

function sumOf(seals: readonly Seal[]): Pick<Seal, 'rows' | 'sum' | 'count' | 'magnitude'> {
  return seals.reduce((all, { rows, sum, count, magnitude }) => ({ rows: all.rows + rows, sum: all.sum + sum, count: all.count + count, magnitude: all.magnitude + magnitude }), { rows: 0, sum: 0, count: 0, magnitude: 0 });
}
