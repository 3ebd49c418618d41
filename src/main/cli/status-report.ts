import { warned, type CheckVerdict } from '../../domain/check.ts';
import { isSettled, isUnderWay, type DayState } from '../../domain/activity/manifest.ts';
import { addDays, dayOf, daysBetween, type Day } from '../../domain/calendar/day.ts';
import { cutDayOf } from '../../domain/calendar/week.ts';
import { firstWeekOf } from '../../domain/churn/first-week.ts';
import { openDays } from '../../domain/calendar/property-calendar.ts';
import { schedulesOf } from '../../schedules.ts';
import { lookAtSchedule, type ScheduleLook } from './schedules.ts';
import { reportOfRollup, type RollupReport } from './rollup-report.ts';
import { lookAtWeek, type WeekLook } from './week-look.ts';
import { endingOf } from './exit-codes.ts';
import { readHealth } from '../read-health.ts';
import { requestWait, type RequestWait } from '../request-wait.ts';
import type { Config } from '../../config.ts';
import type { HealthState } from '../../domain/health/judge-round.ts';
import type { WeekStatus } from '../../domain/release/week-status.ts';
import type { Billed } from '../../ports/activity-store.ts';
import type { Publisher } from '../../ports/publisher.ts';
import type { Stores } from '../connect.ts';
import type { Cli, Temporal } from './command.ts';

export interface PartReport { readonly part: string; readonly address: string; readonly isReachable: boolean; readonly detail: string }

export interface DaysReport {
  readonly lastFinal: Day | null;
  /** Days from the last final day to yesterday, or to the property's last day. */
  readonly daysBehind: number | null;
  readonly hasEnded: boolean;
  readonly failed: readonly { day: Day; state: DayState; reason: string | null }[];
  /** Days that are not there while their source still has time to bring them, and what is expected. */
  readonly notDue: readonly { day: Day; reason: string | null }[];
  /** Days of the last four weeks whose checks warn. */
  readonly warned: readonly { day: Day; warnings: readonly CheckVerdict[] }[];
  readonly unseen: number;
  readonly firstUnseen: Day | null;
  /** For reading the days of the last four weeks. */
  readonly billed: Billed;
  /** The newest comparison with Google's reports, and the days of the last four weeks that differ from them. */
  readonly compared: { readonly last: string | null; readonly differing: readonly Day[] };
}

/** `says` is the workflow's own sentence where one answers. */
export type WeekReport = Omit<WeekLook, 'phase'> & { readonly phase: string; readonly says: string | null; readonly stale: string | null };

export interface PropertyReport {
  readonly property: string;
  /** Null where the part that knows is down. */
  readonly days: DaysReport | null;
  /** Null where no request waits, or the part that knows is down. */
  readonly requests: RequestWait | null;
  readonly weeks: readonly WeekReport[] | null;
  readonly retiredWeeks: number;
  /** The first week that the property is old enough for, and the day on which it is over. */
  readonly firstWeek: { readonly week: string; readonly day: Day };
  readonly schedules: readonly ScheduleLook[] | null;
}

export interface StatusReport {
  readonly parts: readonly PartReport[];
  /** What the last round of health knows; null where none has ended, or nobody can say. */
  readonly health: HealthState | null;
  /** Where nobody starts a part again: what people are told to do, '' where that is not said. Null where somebody does. */
  readonly toldOnly: string | null;
  readonly properties: readonly PropertyReport[];
  readonly rollups: readonly RollupReport[];
}

const KNOCK_MS = 2500;
const ANSWER_MS = 5000;
/** Days back for which warnings and comparisons are shown. */
const SHOWN_DAYS = 28;
/** Running weeks that are asked for their own word. */
const MOST_WEEKS = 60;

/** Everything that can be said now, with what cannot be reached left out and named. */
export async function statusReport(cli: Cli, only?: string): Promise<StatusReport> {
  const [config, { propertyOf }, { modelServerAddress }, { addressOfWeek, rollupServerAddress }, { lookAtServing, servedBy }] = [await cli.config(), await import('../../config.ts'), await import('../plugs.ts'), await import('../publishers.ts'), await import('../serving.ts')];
  const isRollup = only !== undefined && config.rollups[only] !== undefined && config.properties[only] === undefined;
  if (only !== undefined && !isRollup) propertyOf(config, only);
  const hasRollups = Object.keys(config.rollups).length > 0;
  const [temporal, stores, serving, modelServer, rollupServer] = await Promise.all([
    reach(() => cli.temporal()), reach(() => cli.stores()), lookAtServing(config, KNOCK_MS), knock(`${modelServerAddress(config)}/v1/models/none`), hasRollups ? knock(`${rollupServerAddress(config)}/readyz`) : null,
  ]);
  const pollers = temporal.value ? await countWorkers(temporal.value, config) : 0;
  const health = temporal.value && (await readHealth(temporal.value.client, config.temporal.taskQueue, ANSWER_MS).catch(() => null)); // a report of what can be said
  const { contactPoints = ['127.0.0.1'], port } = config.cassandra;
  const parts: PartReport[] = [
    { part: 'Temporal', address: config.temporal.address ?? `127.0.0.1:${config.temporal.port}`, isReachable: temporal.value !== null, detail: temporal.why },
    { part: 'Cassandra', address: contactPoints.map((point) => (point.includes(':') ? point : `${point}:${port}`)).join(','), isReachable: stores.value !== null, detail: stores.why },
    { part: 'worker', address: `queue ${config.temporal.taskQueue}`, isReachable: pollers > 0, detail: temporal.value === null ? 'not known: Temporal does not answer' : pollers > 0 ? '' : 'nobody works on the queue' },
    { part: 'model server', address: modelServerAddress(config), isReachable: modelServer !== null, detail: '' },
    { ...servedBy(config), ...serving },
    ...(hasRollups ? [{ part: 'rollup server', address: rollupServerAddress(config), isReachable: rollupServer === 200, detail: rollupServer === null || rollupServer === 200 ? '' : `answers ${rollupServer}` }] : []),
  ];
  const names = only === undefined ? Object.keys(config.properties) : isRollup ? [] : [only];
  const properties = await Promise.all(names.map((property) => reportOf({ config, property, temporal: temporal.value, stores: stores.value, hasWorker: pollers > 0, addressOf: addressOfWeek(config) })));
  const rollups = await Promise.all(Object.keys(config.rollups).filter((rollup) => only === undefined || rollup === only).map((rollup) => reportOfRollup({ config, rollup, temporal: temporal.value, stores: stores.value })));
  const { restarts } = config.health;
  return { parts, health, toldOnly: restarts.kind === 'nobody' ? (restarts.command ?? '') : null, properties, rollups };
}

interface Reach { config: Config; property: string; temporal: Temporal | null; stores: Stores | null; hasWorker: boolean; addressOf: Publisher['addressOf'] }

async function reportOf(reached: Reach): Promise<PropertyReport> {
  const { config, property, temporal, stores } = reached;
  const firstWeek = firstWeekOf(config.properties[property]!); // names come from the configuration
  const [days, requests, weeks, schedules] = await Promise.all([
    stores && daysOf(reached, stores), stores && requestWait(config, property, stores.requestBudget, Date.now()), weeksOf(reached),
    temporal && Promise.all(schedulesOf({ properties: { [property]: config.properties[property]! } }).map(({ id }) => lookAtSchedule(temporal, id))), // names come from the configuration
  ]);
  return { property, days, requests, weeks: weeks?.filter(({ phase }) => phase !== 'retired') ?? null, retiredWeeks: weeks?.filter(({ phase }) => phase === 'retired').length ?? 0, firstWeek: { week: firstWeek, day: cutDayOf(firstWeek) }, schedules };
}

async function daysOf({ config, property }: Reach, { activityStore, reconciliations }: Stores): Promise<DaysReport> {
  const { calendar, timeZone } = config.properties[property]!; // names come from the configuration
  const yesterday = addDays(dayOf(Date.now() * 1000, timeZone), -1);
  const hasEnded = calendar.lastDay !== undefined && calendar.lastDay <= yesterday;
  const last = hasEnded ? calendar.lastDay! : yesterday; // said by hasEnded
  const shownFrom = addDays(last, 1 - SHOWN_DAYS);
  const [statuses, comparisons, billed] = await Promise.all([activityStore.readDays(property, calendar.firstDay, last), reconciliations.list(property, shownFrom, last), activityStore.readBilled(property, shownFrom, last)]);
  // Of several generations of a day the newest speaks.
  const compared = [...new Map(comparisons.map((comparison) => [comparison.day, comparison])).values()];
  const seen = new Set(statuses.map(({ day }) => day));
  const unseen = openDays(calendar.firstDay, last, { ...calendar, timeZone }).filter((day) => !seen.has(day));
  const lastFinal = statuses.findLast(({ state }) => isSettled(state))?.day ?? null;
  return {
    lastFinal, daysBehind: lastFinal === null ? null : daysBetween(lastFinal, last), hasEnded, unseen: unseen.length, firstUnseen: unseen[0] ?? null, billed,
    failed: statuses.filter(({ state }) => !isSettled(state) && !isUnderWay(state)).map(({ day, state, reason }) => ({ day, state, reason })),
    notDue: statuses.filter(({ state }) => state === 'not-due').map(({ day, reason }) => ({ day, reason })),
    warned: statuses.filter(({ day, state, checks }) => state !== 'waived' && day >= shownFrom && warned(checks).length > 0).map(({ day, checks }) => ({ day, warnings: warned(checks) })),
    compared: { last: compared.at(-1)?.sentence ?? null, differing: compared.filter(({ verdict }) => verdict === 'differs').map(({ day }) => day) },
  };
}

async function weeksOf({ property, temporal, stores, hasWorker, addressOf }: Reach): Promise<WeekReport[] | null> {
  if (!stores && !temporal) return null;
  const [looks, stale, answers] = await Promise.all([
    stores ? stores.releaseStore.listWeeks(property).then((records) => Promise.all(records.map((record) => lookAtWeek(stores.releaseStore, property, record, addressOf)))) : [],
    stores ? stores.releaseStore.listStale(property) : [],
    temporal && hasWorker ? askWeeks(temporal, property) : new Map<string, WeekStatus>(),
  ]);
  const known = new Map(looks.map((look) => [look.week, look]));
  const nothing = (week: string): WeekLook => ({ week, phase: 'staged', revision: null, modelId: null, recipe: null, outcome: null, kinds: null, scored: null, finality: null, auc: null, baseline: 'baseline', baselineAuc: null, sentence: null, successor: null, address: addressOf({ property, week }), checks: [], overrides: [] });
  return [...new Set([...known.keys(), ...answers.keys()])].sort().map((week) => {
    const [look, answer] = [known.get(week) ?? nothing(week), answers.get(week)];
    return { ...look, phase: answer?.phase ?? look.phase, says: answer?.sentence ?? null, stale: stale.find((mark) => mark.week === week)?.reason ?? null };
  });
}

/** What every running week of the property says of itself. */
async function askWeeks({ client }: Temporal, property: string): Promise<Map<string, WeekStatus>> {
  const answers = new Map<string, WeekStatus>();
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = 'week' AND Property = '${property}' AND ExecutionStatus = 'Running'` })) if (ids.push(workflowId) >= MOST_WEEKS) break;
  await Promise.all(ids.map(async (id) => {
    const status = await client.withDeadline(Date.now() + ANSWER_MS, () => client.workflow.getHandle(id).query<WeekStatus>('status')).catch(() => null); // the store speaks for it
    if (status) answers.set(status.week, status);
  }));
  return answers;
}

async function countWorkers({ client, namespace }: Temporal, { temporal }: Config): Promise<number> {
  const WORKFLOW_QUEUE = 1;
  const { pollers } = await client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: temporal.taskQueue }, taskQueueType: WORKFLOW_QUEUE });
  // A worker that was stopped stays listed for five minutes; one that lives asks at least once a minute.
  return (pollers ?? []).filter(({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < 70_000).length;
}

async function reach<T>(connect: () => Promise<T>): Promise<{ value: T | null; why: string }> {
  try {
    return { value: await connect(), why: '' };
  } catch (error) {
    return { value: null, why: endingOf(error).sentence };
  }
}

/** The status that answers, null when nobody does. */
async function knock(url: string): Promise<number | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(KNOCK_MS) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return null;
  }
}
