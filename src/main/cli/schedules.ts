import { action } from './command.ts';
import { table } from './table.ts';
import type { Command } from 'commander';
import type { ScheduleDescription } from '@temporalio/client';
import type { Temporal } from './command.ts';

export interface ScheduleLook {
  readonly id: string;
  readonly state: 'running' | 'paused' | 'missing';
  readonly note: string | null;
  readonly nextRun: string | null;
  readonly lastRun: string | null;
}

export function addSchedules(program: Command): void {
  const schedules = program.command('schedules').description('the clock: the schedules of every property and rollup');

  schedules.command('apply')
    .description('make the server\'s schedules those of the configuration; an operator\'s pause and note are kept')
    .action(action(async (cli) => {
      const [{ client }, config, { applySchedules }, { schedulesOf }] = await Promise.all([cli.temporal(), cli.config(), import('../apply-schedules.ts'), import('../../schedules.ts')]);
      const done = await applySchedules({ client, lines: schedulesOf(config), taskQueue: config.temporal.taskQueue });
      const lines = (['created', 'changed', 'removed', 'unchanged'] as const).flatMap((what) => done[what].map((id) => [what, id]));
      cli.result(done, lines.length === 0 ? 'no property, so no schedules' : table(lines));
    }));

  schedules.command('list')
    .description('every schedule of the configuration: paused or not, its note, when it runs next')
    .action(action(async (cli) => {
      const [temporal, config, { schedulesOf }] = await Promise.all([cli.temporal(), cli.config(), import('../../schedules.ts')]);
      const looks = await Promise.all(schedulesOf(config).map(({ id }) => lookAtSchedule(temporal, id)));
      cli.result(looks, schedulesText(looks));
    }));
}

export async function lookAtSchedule({ client }: Temporal, id: string): Promise<ScheduleLook> {
  let schedule: ScheduleDescription;
  try {
    schedule = await client.schedule.getHandle(id).describe();
  } catch (error) {
    if (error instanceof Error && error.name === 'ScheduleNotFoundError') return { id, state: 'missing', note: null, nextRun: null, lastRun: null };
    throw error;
  }
  const { state, info } = schedule;
  return {
    id, state: state.paused ? 'paused' : 'running', note: state.note || null,
    // What a paused schedule would do is of no use to a reader.
    nextRun: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    lastRun: info.recentActions.at(-1)?.scheduledAt.toISOString() ?? null,
  };
}

export function schedulesText(looks: readonly ScheduleLook[]): string {
  return table(looks.map(({ id, state, note, nextRun }) => [id, state === 'missing' ? 'missing: npx almanac schedules apply' : state, nextRun === null ? '' : `next ${nextRun}`, note ?? '']));
}
