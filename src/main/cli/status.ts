import * as read from './arguments.ts';
import { action } from './command.ts';
import { healthText } from './health-text.ts';
import { rollupText } from './rollup-status-text.ts';
import { schedulesText } from './schedules.ts';
import { indent, table } from './table.ts';
import { qualityText } from '../quality-text.ts';
import type { Command } from 'commander';
import type { Exit } from './exit-codes.ts';
import type { DaysReport, PropertyReport, StatusReport } from './status-report.ts';

/** Of the days with warnings the latest are shown. */
const MOST_WARNED = 5;

export function addStatus(program: Command): void {
  program.command('status').description('parts, days, weeks, rollups and schedules at a glance; works while some parts are down').argument('[property]', 'one property or rollup; else all', read.propertyName)
    .option('--exit-code', 'end with 4 when a part is down, 5 when something needs a person, 6 when a week is not decided')
    .action(action(async (cli, { exitCode }: { exitCode?: boolean }, property?: string): Promise<Exit> => {
      const { statusReport } = await import('./status-report.ts');
      const report = await statusReport(cli, property);
      cli.result(report, statusText(report));
      const isDown = report.parts.filter(({ isReachable }) => !isReachable);
      if (exitCode ? isDown.length > 0 : isDown.length === report.parts.length) return 'notReachable';
      return exitCode ? exitOf(report) : 'ok';
    }));
}

/** What the report asks of people. */
export function exitOf({ health, properties }: StatusReport): Exit {
  if (health?.parts.some(({ incident }) => incident?.needsPerson)) return 'refused';
  if (properties.some(({ days, weeks }) => (days?.failed.length ?? 0) > 0 || weeks?.some(({ phase }) => phase === 'failed' || phase === 'awaiting-approval'))) return 'refused';
  return properties.some(({ weeks }) => weeks?.some(({ phase }) => phase === 'waiting' || phase === 'building')) ? 'waiting' : 'ok';
}

/** The report for people: parts, their health over time, then each property and each rollup. */
export function statusText({ parts, health, toldOnly, properties, rollups }: StatusReport, nowMs = Date.now()): string {
  return [
    table(parts.map(({ part, isReachable, address, detail }) => [isReachable ? '✓' : '✗', part, address, detail])),
    ...(health === null ? [] : ['', healthText(health, nowMs)]),
    ...(toldOnly === null ? [] : [`health looks and tells: what does not answer is not started again from here${toldOnly === '' ? '' : ` (${toldOnly})`}`]),
    ...properties.flatMap((report) => ['', report.property, indent(propertyText(report))]),
    ...rollups.flatMap((report) => ['', report.rollup, indent(rollupText(report, nowMs))]),
  ].join('\n');
}

function billedText({ bytes, givenUp }: DaysReport['billed']): string {
  const inVain = givenUp > 0 ? `, ${givenUp.toLocaleString('en-US')} of them for versions that changed while they were read` : '';
  return `${bytes.toLocaleString('en-US')} bytes billed for reading the last 28 days${inVain}`;
}

function propertyText({ days, requests, weeks, retiredWeeks, firstWeek, schedules }: PropertyReport): string {
  const lines: string[] = [];
  if (days === null) lines.push('its days are not known: Cassandra does not answer');
  else {
    const age = days.daysBehind === null ? '' : days.hasEnded ? ', its data has ended' : days.daysBehind === 0 ? ', which is yesterday' : `, ${days.daysBehind} days behind yesterday`;
    lines.push(days.lastFinal === null ? 'no day is final yet' : `last final day ${days.lastFinal}${age}`);
    if (days.failed.length > 0) lines.push(`${days.failed.length} days failed: ${days.failed.slice(0, 10).map(({ day, state }) => `${day} ${state}`).join(', ')}${days.failed.length > 10 ? ', …' : ''}`);
    for (const { day, reason } of days.notDue) lines.push(`${day} is not there yet${reason === null ? '' : `: ${reason}`}`);
    for (const { day, warnings } of days.warned.slice(-MOST_WARNED)) lines.push(`warning ${day}: ${warnings.map(({ check, sentence }) => `${check}: ${sentence}`).join('; ')}`);
    if (days.warned.length > MOST_WARNED) lines.push(`${days.warned.length - MOST_WARNED} earlier days of the last four weeks have warnings`);
    if (days.unseen > 0) lines.push(`${days.unseen} days were not looked at yet, the first is ${days.firstUnseen}`);
    if (days.billed.bytes > 0) lines.push(billedText(days.billed));
    if (days.compared.last !== null) lines.push(days.compared.last);
    if (days.compared.differing.length > 0) lines.push(`${days.compared.differing.length} of the last 28 days differ from Google's reports: ${days.compared.differing.slice(-10).join(', ')}`);
  }
  if (requests !== null) lines.push(requests.sentence);
  if (weeks && weeks.length > 0) {
    lines.push(table(weeks.map((week) => [
      week.week, week.phase, week.revision === null ? '' : `r${week.revision}`, week.modelId ?? '', qualityText(week), week.outcome?.replaceAll('-', ' ') ?? '', week.scored === null ? '' : `${week.scored.toLocaleString('en-US')} scored`,
      week.phase === 'serving' ? week.address : (week.says ?? ''), week.stale === null ? '' : `stale: ${week.stale}`, week.finality === 'provisional' ? 'provisional' : '',
    ])));
    lines.push(...weeks.flatMap(({ week, checks }) => checks.map(({ check, level, sentence }) => `${level === 'fail' ? 'overridden' : 'warning'} ${week}: ${check}: ${sentence}`)));
  } else lines.push(weeks === null ? 'its weeks are not known: neither Temporal nor Cassandra answers' : retiredWeeks > 0 ? 'no week is live or on its way' : `no week yet; first week that can be built: ${firstWeek.week}, on ${firstWeek.day}`);
  if (retiredWeeks > 0) lines.push(`${retiredWeeks} retired weeks`);
  lines.push(schedules === null ? 'its schedules are not known: Temporal does not answer' : schedulesText(schedules));
  return lines.join('\n');
}
