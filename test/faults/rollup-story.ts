import { takenText } from '../../src/main/cli/rollup.ts';
import { aggregateId, bringInId, intakeId, recomputeId, rollupId, servingId } from '../../src/domain/release/ids.ts';
import { spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { accountsOf, gamesOf } from '../../src/domain/rollup/generator.ts';
import { readingsIn } from '../rollup-world.ts';
import { eventually, type TestStack } from '../stack.ts';
import { quietly } from './little-shop.ts';
import type { Reading } from '../../src/domain/rollup/reading.ts';

const [DAY, NEXT] = ['2019-01-01', '2019-01-02_01'];
const day = spanOf(DAY, 'UTC');
const name = 'followers';
const made = { platforms: ['facebook', 'twitter'], everySeconds: 900 };
const forGood = { readingDays: 0, minuteDays: 0, hourDays: 0 };

/** What is kept does not depend on when it was made. */
export const storyRollups = { [name]: { ...made, firstDay: DAY, shards: 2, retention: forGood, schedules: { paused: true, note: 'its data is made up' } } };

/** Every step of rollups that a sequence calls. */
export const storySteps = [
  'aggregateDays', 'bringInAside', 'checkBuckets', 'copyBuckets', 'countAside', 'dropSeriesTable', 'ensureSeriesTable', 'findLate', 'openCopy', 'planRecompute', 'rollBuckets', 'takeInList', 'turnToCopy', 'verifyCopy',
] as const;

/** History, its totals and its copy by member; then what came late, what came too late, and the copy anew. */
export async function playRollup({ client, config, stores }: TestStack): Promise<void> {
  const { taskQueue } = config.temporal;
  const run = (workflow: string, workflowId: string, input: object): Promise<unknown> => client.workflow.execute(workflow, { workflowId, taskQueue, args: [{ property: name, ...input }] });
  const takeIn = async (readings: readonly Reading[]): Promise<string> => {
    const list = await stores.artifacts.put('readings', '.ndjson', Buffer.from(readings.map((reading) => `${JSON.stringify(reading)}\n`).join('')));
    return takenText(name, (await run('rollupIntake', intakeId(name, list.sha256), { list })) as Parameters<typeof takenText>[1]);
  };
  const late = (second: number): Reading[] => [{ platform: 'twitter', member: 'member-0001', second: day.from + second, value: second }];
  const rebuilt = (): Promise<unknown> => run('rollupServing', servingId(name), { graceSeconds: 1 });
  const told: string[] = [];

  await stores.categoryStore.writeGames(name, gamesOf({ seed: 7, members: 5, platforms: made.platforms, firstDay: DAY, days: 2 }));
  await stores.categoryStore.writeAccounts(name, accountsOf({ seed: 7, members: 5, platforms: made.platforms, firstDay: DAY, days: 2 }));
  told.push(await takeIn(readingsIn({ from: day.from, to: day.to + 3600 }, made)));
  await run('rollupRecompute', recomputeId(name, 'day', DAY, DAY), { level: 'day', from: DAY, to: DAY });
  await run('rollupAggregate', aggregateId(name, DAY, DAY), { timeZone: 'UTC', from: DAY, to: DAY });
  await rebuilt();
  told.push(await takeIn(late(20 * 3600)));
  await strike();
  told.push(await takeIn(late(1800)));
  await run('rollupBringIn', bringInId(name, DAY, DAY), { from: DAY, to: DAY });
  await rebuilt();
  for (const [at, expected] of [/^1,000 readings came into open minutes/, / 1 open theirs again/, / 1 came too late/].entries()) {
    if (!expected.test(told[at] ?? '')) throw new Error(`expected ${expected}: ${told[at]}`);
  }

  /** The stroke of the hour after midnight, by its schedule. */
  async function strike(): Promise<void> {
    const second = spanOf(NEXT, 'UTC').from;
    const id = rollupId(name, 'hour');
    await client.schedule.getHandle(id).backfill({ start: new Date((second - 30) * 1000), end: new Date((second + 30) * 1000), overlap: 'BUFFER_ALL' });
    const handle = client.workflow.getHandle(`${id}-${new Date(second * 1000).toISOString().slice(0, 19)}Z`);
    await eventually(async () => (await quietly(() => handle.describe()))?.status.name === 'COMPLETED', 240_000, `the end of ${handle.workflowId}`);
  }
}
