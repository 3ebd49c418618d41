import { takeInReadings } from '../activities/rollup/take-in-readings.ts';
import { rollBuckets, type Rolled } from '../activities/rollup/roll-buckets.ts';
import { readingsAt } from '../src/domain/rollup/generator.ts';
import { spanOf, type BucketName, type Level, type Span } from '../src/domain/rollup/bucket-name.ts';
import type { Range } from '../src/domain/rollup/ranges.ts';
import { createRollupCategories } from '../src/stores/cassandra/rollup-categories.ts';
import { createRollupStore } from '../src/stores/cassandra/rollup-store.ts';
import { rollupTables } from '../src/stores/cassandra/rollup-tables.ts';
import { createSeriesCopies } from '../src/stores/cassandra/series-copies.ts';
import { inStep } from './in-step.ts';
import { testCassandra } from './world.ts';
import type { Plugs } from '../activities/plugs.ts';
import type { BuildingPlugs } from '../activities/rollup/rollup-plugs.ts';
import type { JobRunner } from '../src/ports/job-runner.ts';
import type { Reading } from '../src/domain/rollup/reading.ts';
import type { RollupSettings } from '../src/ports/rollup-settings.ts';
import type { RollupStore } from '../src/ports/rollup-store.ts';

export const rollupSettings: RollupSettings = {
  platforms: ['facebook', 'twitter'], everySeconds: 60, timeZone: 'UTC', firstDay: '2019-01-01', shards: 2, semantics: 'exact', measure: 'mean', engine: { kind: 'worker' },
  allowedLatenessHours: 24, retention: { readingDays: 8, minuteDays: 35, hourDays: 400 },
};

/** Rollups on the test's Cassandra: the real store and the real steps, without a server of sequences. */
export async function rollupWorld(different: Partial<RollupSettings> = {}, runnerOf: (keyspace: string) => { runner: JobRunner; folder: string } | null = () => null) {
  const { cassandra, dispose } = await testCassandra(rollupTables);
  const jobs = runnerOf(cassandra.keyspace);
  const rollupStore: RollupStore = createRollupStore(cassandra);
  const settings = { ...rollupSettings, ...different };
  const seriesStore = createSeriesCopies(cassandra);
  const plugs: BuildingPlugs & Pick<Plugs, 'categoryStore' | 'seriesStore'> = {
    rollupStore, seriesStore, categoryStore: createRollupCategories(cassandra), rollupSettingsOf: () => settings,
    rollupRunnerOf: () => jobs?.runner ?? null, jobsFolder: jobs?.folder ?? '', jobLogsFolder: jobs?.folder ?? '',
  };
  const takeIn = takeInReadings(plugs);
  return {
    cassandra, rollupStore, seriesStore, settings, plugs, dispose, takeIn,
    roll: (property: string, level: Level, over: BucketName, again: readonly BucketName[] = []): Promise<Rolled> => inStep(() => rollBuckets(plugs)({ property, level, span: spanOf(over, settings.timeZone), after: null, again })),
    /** All of a span, as the sequences do: step after step until the last. */
    async rollSpan(property: string, level: Level, span: Span): Promise<{ built: number; revised: number; read: number }> {
      const sum = { built: 0, revised: 0, read: 0 };
      const rollAll = async (part: Partial<Range>): Promise<void> => {
        for (let after: BucketName | null = null, isLast = false; !isLast;) {
          const rolled: Rolled = await inStep(() => rollBuckets(plugs)({ property, level, span, ...part, after, again: [] }));
          for (const figure of ['built', 'revised', 'read'] as const) sum[figure] += rolled[figure];
          for (const range of rolled.ranges ?? []) await rollAll(range);
          ({ after, isLast } = { ...rolled, isLast: rolled.isLast || rolled.ranges !== undefined });
        }
      };
      await rollAll({});
      return sum;
    },
    /** The readings of five members of the made-up world that are due in a bucket. */
    async fill(property: string, over: BucketName): Promise<void> {
      await takeIn(property, readingsIn(spanOf(over, settings.timeZone), settings));
    },
  };
}

export type RollupWorld = Awaited<ReturnType<typeof rollupWorld>>;

/** What five members have to say in a span, every so many seconds. */
export function readingsIn({ from, to }: Span, { platforms, everySeconds }: Pick<RollupSettings, 'platforms' | 'everySeconds'>): Reading[] {
  const seconds = Array.from({ length: Math.ceil((to - from) / everySeconds) }, (_, at) => from + at * everySeconds);
  return seconds.flatMap((second) => readingsAt({ seed: 7, members: 5, platforms }, second));
}
