import * as read from './arguments.ts';
import { action } from './command.ts';
import { table } from './table.ts';
import type { Command } from 'commander';
import type { Exit } from './exit-codes.ts';

const PAGE = 100;
const LARGEST_PAGE = 1000;

interface PageOptions { limit: number; after?: number; payload?: boolean }

/** `source quarantine`: what of a day was not understood, and why. What stood in a row may be personal: it is shown only when asked for. */
export function addQuarantine(source: Command): void {
  source.command('quarantine').description('the rows of a day that were not understood: file, line and reason').argument('<property>', 'property', read.propertyName).argument('<day>', 'as in 2026-11-22', read.day)
    .option('--limit <rows>', `rows of one page, at most ${LARGEST_PAGE}`, read.wholeNumber(1, LARGEST_PAGE), PAGE)
    .option('--after <position>', 'go on after this row of the day', read.wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--payload', 'show what stands in the rows too: it may be personal')
    .addHelpText('after', '\nExample\n  $ npx almanac source quarantine shop 2011-10-04 --limit 20')
    .action(action(async (cli, { limit, after, payload: withPayload = false }: PageOptions, property: string, day: string): Promise<Exit> => {
      const [config, { propertyOf }] = [await cli.config(), await import('../../config.ts')];
      propertyOf(config, property);
      const { activityStore } = await cli.stores();
      const [status] = await activityStore.readDays(property, day, day);
      if (!status) {
        cli.remark(`day ${day} of ${property} was not looked at yet: npx almanac source retry ${property} ${day}`);
        return 'notFound';
      }
      const { generation, quarantined } = status;
      const rows = (await activityStore.readQuarantine({ property, day, generation }, limit, after)).map(({ payload, ...row }) => (withPayload ? { ...row, payload } : row));
      const last = rows.length === limit ? rows.at(-1)?.position : undefined;
      const counts = `${rows.length} of ${quarantined} rows in quarantine, version ${generation} of ${day}`;
      cli.result(
        { property, day, generation, quarantined, rows, nextAfter: last ?? null },
        rows.length === 0 ? counts : `${table(rows.map((row) => [row.file, String(row.line), row.reason, ...('payload' in row ? [row.payload] : [])]), ['file', 'line', 'reason', ...(withPayload ? ['payload'] : [])])}\n${counts}`,
      );
      if (last !== undefined) cli.remark(`more: --after ${last}`);
      return 'ok';
    }));
}
