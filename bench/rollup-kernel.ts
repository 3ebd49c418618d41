import { categoriesOn } from '../src/domain/rollup/accounts.ts';
import { rowsOfBuckets, rowsOfReadings, type BucketRow } from '../src/domain/rollup/bucket-rows.ts';
import { categorising } from '../src/domain/rollup/categories.ts';
import { accountsOf, gamesOf } from '../src/domain/rollup/generator.ts';
import { columnsOf, type ReadingColumns } from '../src/domain/rollup/reading.ts';
import { totalsOf } from '../src/domain/rollup/total.ts';
import { compareUsers } from '../src/domain/activity/user-order.ts';
import { openDuckdb } from './duckdb.ts';
import { median, type Figure } from './measure.ts';
import { DAY, minutesOf, platformsOf, type RollupSizes } from './rollup-world.ts';


interface Round { readonly seconds: number; readonly cpuSeconds: number }

/**
 * The four group-bys alone, on rows that are in memory: our rules on columns of readings as the store gives them (by minute, then member,
 * platform and second), DuckDB on a table of its own in memory into which the same rows were put in the same order. Rounds alternate.
 */
export async function benchKernel(sizes: RollupSizes, rounds: number): Promise<Figure[]> {
  const minutes = [...minutesOf(sizes)].map((readings) => withOneText(columnsOf(readings.sort((a, b) => compareUsers(a.member, b.member) || compareUsers(a.platform, b.platform) || a.second - b.second))));
  const rows = minutes.reduce((sum, { values }) => sum + values.length, 0);
  const duckdb = await openDuckdb();
  try {
    await duckdb.fillCategories(sizes.members);
    for (const readings of minutes) await duckdb.append(readings);
    const [mine, theirs]: [Round[], Round[]] = [[], []];
    let day: BucketRow[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const measured = [await timed(() => { day = groupBys(minutes, sizes); }), await timed(() => duckdb.groupBys())] as const;
      if (round === 0) continue; // warms up
      mine.push(measured[0]);
      theirs.push(measured[1]);
    }
    const row = day[0]!; // there are readings
    const [wanted, found] = [[row.sum, row.count, row.min, row.max, row.first, row.last, row.mean], await duckdb.dayOf(row.member, row.platform)];
    if (JSON.stringify(wanted) !== JSON.stringify(found)) throw new Error(`the rows differ: ${JSON.stringify(wanted)} by ours, ${JSON.stringify(found)} by DuckDB`);
    const of = (all: readonly Round[], figure: keyof Round): number => median(all.map((one) => one[figure]));
    return [
      { bench: 'rollup', what: 'four group-bys in memory, DuckDB / ours', value: of(theirs, 'seconds') / of(mine, 'seconds'), unit: '×', aim: { atLeast: 2.5 }, note: `${rows} readings, median of ${rounds} rounds; DuckDB has all cores, ours one` },
      { bench: 'rollup', what: '  CPU seconds, DuckDB / ours', value: of(theirs, 'cpuSeconds') / of(mine, 'cpuSeconds'), unit: '×' },
      { bench: 'rollup', what: '  our rules', value: of(mine, 'seconds') * 1000, unit: 'ms', cpuSeconds: of(mine, 'cpuSeconds') },
      { bench: 'rollup', what: '  DuckDB', value: of(theirs, 'seconds') * 1000, unit: 'ms', cpuSeconds: of(theirs, 'cpuSeconds') },
    ];
  } finally {
    duckdb.close();
  }
}

/** As the reader of the store has it: each text once for each run. */
function withOneText({ members, platforms, ...others }: ReadingColumns): ReadingColumns {
  const known = new Map<string, string>();
  const one = (text: string): string => known.get(text) ?? (known.set(text, text), text);
  return { ...others, members: members.map(one), platforms: platforms.map(one) };
}

function groupBys(minutes: readonly ReadingColumns[], sizes: RollupSizes): BucketRow[] {
  const hour = rowsOfBuckets('exact');
  for (const readings of minutes) {
    const minute = rowsOfReadings();
    minute.add(readings);
    hour.add(minute.rows());
  }
  const day = rowsOfBuckets('exact');
  day.add(hour.rows());
  const rows = day.rows();
  const world = { seed: 7, members: sizes.members, platforms: [], firstDay: '2019-01-01', days: 31 };
  const categories = categorising(categoriesOn(DAY, accountsOf(world), gamesOf(world)), 'mean');
  categories.add(totalsOf(rows, DAY, { platforms: platformsOf(sizes), everySeconds: 1, timeZone: 'UTC' }));
  categories.rows();
  return rows;
}

export async function timed(work: () => unknown): Promise<Round> {
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  await work();
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1000, cpuSeconds: (used.user + used.system) / 1e6 };
}
