import * as read from './arguments.ts';
import { action } from './command.ts';
import { knownRollup, run } from './rollup-run.ts';
import type { Command } from 'commander';
import type { CopyNote } from '../../ports/series-store.ts';
import type { RollupServingFigures } from '../../../workflows/rollup-serving.ts';
import type { Exit } from './exit-codes.ts';

/** Longer than any question takes: until then a copy that was replaced is there for those who began to read it. */
const GRACE_SECONDS = 30;

/** Series by member: copies of the buckets that are read by member, made anew at any time. */
export function addRollupServing(rollup: Command): void {
  const serving = rollup.command('serving').description('copies of the buckets by member: a long series is a few reads');

  serving.command('rebuild').description('make the copy anew beside the one that is read, compare it with the buckets, and have readers turn to it')
    .argument('<property>', 'rollup', read.propertyName).option('--no-wait', 'only start it')
    .addHelpText('after', `\nThe table of before goes ${GRACE_SECONDS} s after. A copy that differs from the buckets is dropped, and readers stay where they are.`)
    .action(action(async (cli, { wait }: { wait: boolean }, property: string): Promise<Exit> => {
      await knownRollup(cli, property);
      const { servingId } = await import('../../domain/release/ids.ts');
      return run(cli, wait, 'rollupServing', servingId(property), { property, graceSeconds: GRACE_SECONDS }, rebuiltText);
    }));

  serving.command('status').description('which copy is read, since when, and how it was verified').argument('<property>', 'rollup', read.propertyName)
    .action(action(async (cli, _: object, property: string) => {
      await knownRollup(cli, property);
      const { seriesStore } = await cli.stores();
      const [live, copies] = [await seriesStore.readLive(property), await seriesStore.listCopies(property)];
      cli.result({ live, copies }, servingText(property, live, copies));
    }));
}

function rebuiltText({ copy, buckets, rows, dropped }: RollupServingFigures): string {
  return `copy ${copy} is read: ${amounts({ buckets, rows })} are what was sealed${dropped.length > 0 ? `; gone: ${dropped.map((old) => `copy ${old}`).join(', ')}` : ''}`;
}

/** For people: a line for the copy that is read, and one for each other that is there. */
export function servingText(property: string, live: { copy: number; sinceMs: number } | null, copies: readonly CopyNote[]): string {
  const lines = copies.map(({ copy, openedAtMs, verified }) => {
    if (copy === live?.copy) return `copy ${copy} is read since ${instant(live.sinceMs)}${verified ? `; verified then: every value of ${amounts(verified)} against the seals` : ''}`;
    return live !== null && copy < live.copy ? `copy ${copy} was read before, and goes with its rebuild` : `copy ${copy} is being made since ${instant(openedAtMs)}`;
  });
  return [...(live === null ? [`no copy of "${property}" is read: npx almanac rollup serving rebuild ${property}`] : []), ...lines].join('\n');
}

function amounts({ buckets, rows }: { buckets: number; rows: number }): string {
  return `${buckets.toLocaleString('en-US')} buckets with ${rows.toLocaleString('en-US')} rows`;
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
