import * as read from './arguments.ts';
import { action, unlessInterrupted, whoAmI } from './command.ts';
import { addCompare } from './compare.ts';
import { addFigures } from './figures.ts';
import { addQuarantine } from './quarantine.ts';
import { indent } from './table.ts';
import type { Command } from 'commander';
import type { Exit } from './exit-codes.ts';
import type { SourceFinding } from '../../ports/activity-source.ts';
import type { ingest } from '../../../workflows/ingest.ts';

const MARKS: Record<SourceFinding['level'], string> = { ok: '✓', warning: '!', error: '✗' };

export function addSource(program: Command): void {
  const source = program.command('source').description('where a property\'s activity comes from');

  source.command('check').description('say in plain words what is there, what is missing, and whether its rows are understood; writes nothing').argument('<property>', 'property', read.propertyName)
    .action(action(async (cli, _options, property: string): Promise<Exit> => {
      const [config, { propertyOf }, { sourcesOf }, { reportedProperty }, { addDays, dayOf }, { openDays }] = [
        await cli.config(), await import('../../config.ts'), await import('../plugs.ts'), await import('../request-wait.ts'), await import('../../domain/calendar/day.ts'), await import('../../domain/calendar/property-calendar.ts'),
      ];
      const { calendar, timeZone, source: settings } = propertyOf(config, property);
      const yesterday = addDays(dayOf(Date.now() * 1000, timeZone), -1);
      const to = calendar.lastDay !== undefined && calendar.lastDay < yesterday ? calendar.lastDay : yesterday;
      // Where the workers' own account of Google's quotas can be reached, this question is counted in it.
      const budget = reportedProperty(settings) === null ? undefined : await cli.stores().then(({ requestBudget }) => requestBudget, () => undefined);
      const activity = sourcesOf(config, budget)(property);
      try {
        const findings = await activity.check(openDays(calendar.firstDay, to, { ...calendar, timeZone }));
        cli.result({ property, from: calendar.firstDay, to, findings }, `${property}, ${calendar.firstDay} to ${to}\n${indent(findings.map(({ level, sentence }) => `${MARKS[level]} ${sentence}`).join('\n'))}`);
        return findings.some(({ level }) => level === 'error') ? 'failed' : 'ok';
      } finally {
        await activity.dispose();
      }
    }));

  addQuarantine(source);
  addFigures(source);
  addCompare(source);

  source.command('waive').description('take responsibility for a day that is missing, empty, low or bad: weeks go on with the rows it has').argument('<property>', 'property', read.propertyName).argument('<day>', 'as in 2026-11-22', read.day)
    .requiredOption('--reason <text>', 'why; kept with the day and in the audit', read.reason).option('--by <name>', 'who decides', whoAmI())
    .addHelpText('after', '\nExample\n  $ npx almanac source waive shop 2011-10-04 --reason "the shop was closed for stock-taking"')
    .action(action(async (cli, { reason: why, by }: { reason: string; by: string }, property: string, day: string) => {
      const [config, { propertyOf }, { waiveDay }, { announceDay }, { createSequences }, { hashJson }] = [
        await cli.config(), await import('../../config.ts'), await import('../../../activities/ingest/waive-day.ts'), await import('../../../activities/ingest/announce-day.ts'), await import('../../connectors/temporal-sequences.ts'), await import('../../domain/hash.ts'),
      ];
      propertyOf(config, property);
      const { client } = await cli.temporal(); // before anything is written: a waived day that nobody hears of helps nobody
      const { activityStore, releaseStore, artifacts } = await cli.stores();
      const outcome = await waiveDay({ activityStore })({ property, day, reason: why });
      // The first write of a line holds: who gives another reason later has one of their own.
      await releaseStore.writeAudit({ property, id: `waive/${day}/${outcome.generation}/${hashJson({ reason: why, by }).slice(0, 16)}`, action: 'waive-day', subject: day, reason: why, actor: by });
      await announceDay({ activityStore, releaseStore, artifacts, sequences: createSequences({ client, taskQueue: config.temporal.taskQueue }) })({ property, day });
      cli.result(outcome, `${outcome.sentence}. Weeks that wait for it were told.`);
    }));

  source.command('retry').description('look at a day again now, or join the look that runs').argument('<property>', 'property', read.propertyName).argument('<day>', 'as in 2026-11-22', read.day)
    .option('--no-wait', 'only start it')
    .action(action(async (cli, { wait }: { wait: boolean }, property: string, day: string): Promise<Exit> => {
      const [config, { propertyOf }, { ingestId }, { isSettled }] = [await cli.config(), await import('../../config.ts'), await import('../../domain/release/ids.ts'), await import('../../domain/activity/manifest.ts')];
      propertyOf(config, property);
      const { client } = await cli.temporal();
      const handle = await client.workflow.start<typeof ingest>('ingest', { workflowId: ingestId(property, day), taskQueue: config.temporal.taskQueue, args: [{ property, day }], workflowIdConflictPolicy: 'USE_EXISTING' });
      if (!wait) {
        cli.result({ workflowId: handle.workflowId }, `started ${handle.workflowId}`);
        return 'ok';
      }
      const outcome = await unlessInterrupted(handle.result(), cli.interrupted());
      if (outcome === null) {
        cli.remark(`${handle.workflowId} goes on`);
        return 'interrupted';
      }
      cli.result(outcome, outcome.sentence);
      return outcome.state === 'not-due' ? 'waiting' : isSettled(outcome.state) || outcome.state === 'provisional' ? 'ok' : 'failed';
    }));
}
