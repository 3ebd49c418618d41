import { rowsOf } from '../../activities/rollup/proven-rows.ts';
import { Failure } from '../domain/failure.ts';
import { dayOfName, LEVELS, parseName } from '../domain/rollup/bucket-name.ts';
import { rollupOf, type Config } from '../config.ts';
import { readClock } from './read-clock.ts';
import { readDayTotals, type RollupReader } from './read-rollups.ts';
import { readSeries } from './read-series.ts';
import type { RollupReading } from '../ports/rollup-reading.ts';
import type { SeriesStore } from '../ports/series-store.ts';

/** What people ask of the rollups of a configuration, answered from the stores. */
export function createRollupReading({ config, stores }: { config: Pick<Config, 'rollups'>; stores: Omit<RollupReader, 'rollupSettingsOf'> & { seriesStore: SeriesStore } }): RollupReading {
  const { rollupStore, categoryStore, seriesStore } = stores;
  const reader: RollupReader = { rollupStore, categoryStore, rollupSettingsOf: (property) => rollupOf(config, property) };
  const clockOf = (property: string) => readClock(rollupStore, property, reader.rollupSettingsOf(property));
  const known = new Map<string, { readonly content: string; readonly members: readonly string[] }>();

  /** Who is in the newest minute, hour and day, or described; read again when one of these buckets is another. */
  const membersOf = async (property: string): Promise<readonly string[]> => {
    const clock = await clockOf(property);
    const content = LEVELS.map((level) => clock[level]?.content ?? '').join();
    const held = known.get(property);
    if (held?.content === content) return held.members;
    const found = new Set((await categoryStore.readAccounts(property)).map(({ member }) => member));
    for (const level of LEVELS) {
      const bucket = clock[level]?.bucket;
      for (const seal of bucket === undefined ? [] : await rollupStore.readSeals(property, level, [bucket])) for (const { member } of await rowsOf(reader, seal)) found.add(member);
    }
    const members = [...found].sort();
    known.set(property, { content, members });
    return members;
  };

  return {
    properties: Object.keys(config.rollups),
    settingsOf: reader.rollupSettingsOf,
    readClock: clockOf,
    async readMembers(property, { after, limit, search }) {
      const wanted = search.toLowerCase();
      const all = (await membersOf(property)).filter((member) => member > after && member.toLowerCase().includes(wanted));
      const members = all.slice(0, limit);
      return { members, next: all.length > limit ? members.at(-1) ?? null : null };
    },
    async readSeries(question, members) {
      const settings = reader.rollupSettingsOf(question.property);
      return readSeries({ rollupStore, seriesStore, settings, clock: await clockOf(question.property) }, question, members);
    },
    readDay: (property, bucket) => readDayTotals(reader, property, dayNamed(bucket, reader.rollupSettingsOf(property).timeZone)),
  };
}

function dayNamed(bucket: string, timeZone: string): string {
  try {
    if (parseName(bucket, timeZone).level === 'day') return dayOfName(bucket);
  } catch (cause) {
    throw cause instanceof RangeError ? new Failure('bad-argument', cause.message, { cause }) : cause;
  }
  throw new Failure('bad-argument', `"${bucket}" is not the name of a day; expected 2019-01-01`);
}
