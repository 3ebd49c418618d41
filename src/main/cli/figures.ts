import * as read from './arguments.ts';
import { action } from './command.ts';
import { table } from './table.ts';
import type { Command } from 'commander';
import type { Day } from '../../domain/calendar/day.ts';
import type { DayFigures, FigureName } from '../../domain/activity/ga4/reconcile-day.ts';
import type { DayReconciliation } from '../../ports/reconciliation-store.ts';
import type { Exit } from './exit-codes.ts';

const DAYS_SHOWN = 28;
const NAMES: readonly FigureName[] = ['people', 'sessions', 'events'];

/** The figures of one final day; a stored one is null where it was not compared, all are where there was no report. */
export interface DailyFigures {
  readonly day: Day;
  readonly stored: Readonly<Record<FigureName, number | null>>;
  readonly reported: Readonly<Record<FigureName, number | null>>;
  readonly verdict: DayReconciliation['verdict'];
  readonly marks: readonly string[];
  readonly sentence: string;
}

/** `source figures`: what a day had of people, sessions and events, as it is stored and as Google reports it. */
export function addFigures(source: Command): void {
  source.command('figures').description('people, sessions and events of each final day, as they are stored and as Google reports them').argument('<property>', 'property', read.propertyName)
    .option('--from <day>', `first day; else the last ${DAYS_SHOWN}`, read.day).option('--to <day>', 'last day; else yesterday', read.day)
    .addHelpText('after', '\nExample\n  $ npx almanac source figures site --from 2026-01-01 --to 2026-01-31 --json')
    .action(action(async (cli, { from: asked, to: until }: { from?: Day; to?: Day }, property: string): Promise<Exit> => {
      const [config, { propertyOf }, { addDays, dayOf }, { reportedProperty }, { Failure }] = [
        await cli.config(), await import('../../config.ts'), await import('../../domain/calendar/day.ts'), await import('../request-wait.ts'), await import('../../domain/failure.ts'),
      ];
      const { timeZone, source: settings } = propertyOf(config, property);
      const to = until ?? addDays(dayOf(Date.now() * 1000, timeZone), -1);
      const from = asked ?? addDays(to, 1 - DAYS_SHOWN);
      if (from > to) throw new Failure('bad-argument', `--from ${from} is after --to ${to}`);
      const { reconciliations } = await cli.stores();
      const days = figuresOf(await reconciliations.list(property, from, to));
      if (days.length === 0) {
        const hint = settings.kind === 'ga4-export' && reportedProperty(settings) === null ? `; dataApi in its source asks for them, see README.md` : '';
        cli.remark(`no final day of ${property} from ${from} to ${to} has figures of Google${hint}`);
      }
      cli.result({ property, from, to, days }, days.length === 0 ? '' : figuresText(days));
      return 'ok';
    }));
}

/** A line a day: of several generations the newest speaks. */
export function figuresOf(reconciliations: readonly DayReconciliation[]): DailyFigures[] {
  const newest = new Map(reconciliations.map((reconciliation) => [reconciliation.day, reconciliation]));
  return [...newest.values()].map(({ day, comparisons, reported, verdict, marks, sentence }) => {
    const compared = (name: FigureName) => comparisons.find(({ figure }) => figure === name);
    return { day, stored: each((name) => compared(name)?.stored ?? null), reported: each((name) => reported?.[name] ?? compared(name)?.reported ?? null), verdict, marks, sentence };
  });
}

function each(figure: (name: FigureName) => number | null): Record<FigureName, number | null> {
  return { people: figure('people'), sessions: figure('sessions'), events: figure('events') } satisfies Record<keyof DayFigures, number | null>;
}

/** The figures for people. */
export function figuresText(days: readonly DailyFigures[]): string {
  const rows = days.map(({ day, stored, reported, verdict, marks, sentence }) => [
    day, ...NAMES.flatMap((name) => [stored[name], reported[name]]), verdict === 'not-compared' ? sentence : [verdict, ...marks].join(', '),
  ]);
  return table(rows, ['day', ...NAMES.flatMap((name) => [name, 'reported']), '']);
}
