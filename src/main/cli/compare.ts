import * as read from './arguments.ts';
import { action, unlessInterrupted } from './command.ts';
import type { Command } from 'commander';
import type { Client } from '@temporalio/client';
import type { Day } from '../../domain/calendar/day.ts';
import type { reconcile, ReconcileInput } from '../../../workflows/reconcile.ts';
import type { Exit } from './exit-codes.ts';

/** `source compare`: final days beside Google's report, where that was refused, given up, or asked for only since. */
export function addCompare(source: Command): void {
  source.command('compare').description('compare final days with Google\'s report that were not: it was refused, given up, or is asked for only since').argument('<property>', 'property', read.propertyName)
    .argument('<day>', 'as in 2026-11-22', read.day).option('--to <day>', 'last day; else the same', read.day).option('--no-wait', 'only start it')
    .addHelpText('after', '\nExample\n  $ npx almanac source compare site 2026-01-01 --to 2026-01-31')
    .action(action(async (cli, { to: until, wait }: { to?: Day; wait: boolean }, property: string, from: Day): Promise<Exit> => {
      const [config, { propertyOf }, { Failure }] = [await cli.config(), await import('../../config.ts'), await import('../../domain/failure.ts')];
      const { source: settings } = propertyOf(config, property);
      const to = until ?? from;
      if (from > to) throw new Failure('bad-argument', `<day> ${from} is after --to ${to}`);
      if (settings.kind !== 'ga4-export' || settings.dataApi === undefined) throw new Failure('bad-argument', `the source of "${property}" has no report to compare its days with: dataApi of a ga4-export asks for one, see README.md`);
      const { activityStore, reconciliations } = await cli.stores();
      const final = (await activityStore.readDays(property, from, to)).filter(({ state, generation }) => state === 'final' && generation > 0);
      if (final.length === 0) throw new Failure('bad-argument', `no day of "${property}" from ${from} to ${to} is final: days are compared once they are`);
      const compared = new Set((await reconciliations.list(property, from, to)).filter(({ verdict }) => verdict !== 'not-compared').map(({ day, generation }) => `${day}/${generation}`));
      const due = final.filter(({ day, generation }) => !compared.has(`${day}/${generation}`));
      if (due.length === 0) {
        cli.result([], `every final day of ${property} from ${from} to ${to} is compared: npx almanac source figures ${property} --from ${from} --to ${to}`);
        return 'ok';
      }
      const { client } = await cli.temporal();
      const outcomes: { day: Day; verdict: string | null; sentence: string }[] = [];
      // One after the other: all of them ask through one quota.
      for (const { day, generation } of due) {
        const handle = await started(client, config.temporal.taskQueue, { property, day, generation });
        const outcome = wait ? await unlessInterrupted(handle.result(), cli.interrupted()) : { verdict: null, sentence: `started ${handle.workflowId}` };
        if (outcome === null) {
          cli.remark(`${handle.workflowId} goes on; days after ${day} were not asked for`);
          return 'interrupted';
        }
        outcomes.push({ day, ...outcome });
      }
      cli.result(outcomes, outcomes.map(({ sentence }) => sentence).join('\n'));
      return outcomes.some(({ verdict }) => verdict === 'not-compared') ? 'failed' : 'ok';
    }));
}

async function started(client: Client, taskQueue: string, key: ReconcileInput) {
  const { reconcileId } = await import('../../domain/release/ids.ts');
  return client.workflow.start<typeof reconcile>('reconcile', { workflowId: reconcileId(key.property, key.day, key.generation), taskQueue, args: [key], workflowIdConflictPolicy: 'USE_EXISTING' });
}
