import pino from 'pino';
import { aggregateDays } from '../../activities/rollup/aggregate-days.ts';
import { addDays } from '../../src/domain/calendar/day.ts';
import { shardOf } from '../../src/domain/hash.ts';
import { bucketOfReadings } from '../../src/domain/rollup/bucket.ts';
import { spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { memberName } from '../../src/domain/rollup/generator.ts';
import { contentOf, nextSeal } from '../../src/domain/rollup/seal.ts';
import { serveRollups, type RollupServer, type RollupServerOptions } from '../../src/http/rollup/serve.ts';
import { createRollupReading } from '../../src/main/rollup-reading.ts';
import { inStep } from '../in-step.ts';
import { readingsIn, rollupWorld } from '../rollup-world.ts';
import type { RollupConfig } from '../../src/config.ts';
import type { Reading } from '../../src/domain/rollup/reading.ts';
import type { SeriesStore } from '../../src/ports/series-store.ts';

export const [FIRST_DAY, LAST_DAY, LIVE_DAY] = ['2019-01-01', '2019-02-09', '2019-02-10'];
export const MEMBERS = [0, 1, 2, 3, 4].map(memberName);
/** In these minutes this member has no reading of facebook. */
export const PARTIAL = { member: memberName(1), from: '2019-02-10_01-30', to: '2019-02-10_01-39' };
/** In this minute this member has no reading at all. */
export const SILENT = { member: memberName(2), minute: '2019-02-10_01-50' };
export const KEYS = { intake: 'intake-'.padEnd(40, 'i'), read: 'read-'.padEnd(40, 'r') };

/**
 * A rollup with forty days, on which every member is a little more each day, and of the day after them the hour 01 and the
 * first five minutes of 02. Minutes and the hour are built by the real steps from readings, days are as a build leaves them.
 * `isBare`: two minutes of that day and nothing else.
 */
export async function rollupServerWorld(property: string, { isBare = false } = {}) {
  const world = await rollupWorld({ platforms: ['facebook', 'twitter'], shards: 2 });
  const log: string[] = [];
  const servers: RollupServer[] = [];
  const { from, to } = { from: spanOf(`${LIVE_DAY}_01`, 'UTC').from, to: spanOf(`${LIVE_DAY}_02-04`, 'UTC').to };
  const readings = isBare ? [] : readingsIn({ from, to }, world.settings).filter((reading) => !isLeftOut(reading));
  if (isBare) for (const minute of [`${LIVE_DAY}_01-00`, `${LIVE_DAY}_02-04`]) await world.roll(property, 'minute', minute);
  else {
    await writeDays(world, property);
    await world.takeIn(property, readings);
    await world.rollSpan(property, 'minute', { from, to });
    await world.roll(property, 'hour', `${LIVE_DAY}_01`);
  }

  const rollups = { [property]: { ...world.settings, schedules: { paused: false } } as RollupConfig };
  return {
    ...world, log, readings,
    readingWith: (seriesStore: SeriesStore) => createRollupReading({ config: { rollups }, stores: { rollupStore: world.rollupStore, categoryStore: world.plugs.categoryStore, seriesStore } }),
    async serve(different: Partial<RollupServerOptions> = {}): Promise<RollupServer> {
      const server = await serveRollups({
        host: '127.0.0.1', port: 0, keys: { intake: KEYS.intake, read: null }, takeIn: world.takeIn, logger: pino({}, { write: (line: string) => void log.push(line) }),
        reading: this.readingWith({ readSeries: async () => null }), ...different,
      });
      servers.push(server);
      return server;
    },
    /** The newest minute comes, and is built. */
    async build(minute: string): Promise<void> {
      await world.fill(property, minute);
      await world.roll(property, 'minute', minute);
    },
    async dispose(): Promise<void> {
      await Promise.all(servers.map((server) => server.stop()));
      await world.dispose();
    },
  };
}

export type RollupServerWorld = Awaited<ReturnType<typeof rollupServerWorld>>;

function isLeftOut({ member, platform, second }: Reading): boolean {
  const [from, to, silent] = [spanOf(PARTIAL.from, 'UTC').from, spanOf(PARTIAL.to, 'UTC').to, spanOf(SILENT.minute, 'UTC')];
  return (member === PARTIAL.member && platform === 'facebook' && second >= from && second < to) || (member === SILENT.member && second >= silent.from && second < silent.to);
}

/** What a member is worth on a platform on day `at`. */
export function standingOf(index: number, platform: string, at: number): number {
  return 1000 * (index + 1) + (platform === 'twitter' ? 500 : 0) + 10 * at * (index + 1);
}

type World = Awaited<ReturnType<typeof rollupWorld>>;

async function writeDays({ rollupStore, settings, plugs }: World, property: string): Promise<void> {
  for (let at = 0, day = FIRST_DAY; day <= LAST_DAY; at += 1, day = addDays(FIRST_DAY, at)) {
    const seals = [];
    for (const shard of [0, 1]) {
      // Of the last member one platform is missing on the last day.
      const rows = MEMBERS.flatMap((member, index) => (shardOf(member, settings.shards) !== shard ? [] : settings.platforms.filter((platform) => !(index === 4 && platform === 'facebook' && day === LAST_DAY)).map((platform) => ({ member, platform, ...bucketOfReadings([standingOf(index, platform, at)]), minutes: 1440 }))));
      const key = { property, level: 'day', bucket: day, shard } as const;
      await rollupStore.writeRows({ ...key, inputs: `of ${day}` }, rows, 0);
      seals.push({ seal: nextSeal(key, `of ${day}`, contentOf(rows, day, settings), null), before: null });
    }
    await rollupStore.seal(seals);
  }
  await plugs.categoryStore.writeGames(property, [{ game: 'chess', from: FIRST_DAY, genre: 'board', console: 'pc' }, { game: 'go', from: FIRST_DAY, genre: 'board', console: 'handheld' }, { game: 'kart', from: FIRST_DAY, genre: 'racing', console: 'handheld' }]);
  const described = [['en', 'chess'], ['de', 'go'], ['en', 'go'], ['fr', 'kart']] as const;
  await plugs.categoryStore.writeAccounts(property, described.map(([language, game], index) => ({ member: memberName(index), from: FIRST_DAY, language, game })));
  await inStep(() => aggregateDays(plugs)({ property, span: { from: spanOf(FIRST_DAY, 'UTC').from, to: spanOf(LAST_DAY, 'UTC').to } }));
}
