import { httpProbe } from '../connectors/http-probe.ts';
import { supervisorOf } from '../connectors/supervisor.ts';
import { toldOnly } from '../connectors/told-only.ts';
import { addDays, dayOf, type Day } from '../domain/calendar/day.ts';
import { Failure } from '../domain/failure.ts';
import { openCluster } from '../kubernetes/cluster.ts';
import { publishing } from '../publishers/kubernetes/names.ts';
import { restartDeployments } from '../publishers/kubernetes/restart-deployments.ts';
import { storeProbe } from '../stores/cassandra/store-probe.ts';
import { lookAtClock } from './look-at-clock.ts';
import { endpointAddress, rollupServerAddress } from './publishers.ts';
import type { Client } from '@temporalio/client';
import type { Config } from '../config.ts';
import type { ActivitySource } from '../ports/activity-source.ts';
import type { Health, PartProbe } from '../ports/part-probe.ts';
import type { Restarter } from '../ports/restarter.ts';
import type { Stores } from './connect.ts';

const MINUTE_MS = 60_000;

export interface HealthOptions {
  readonly config: Config;
  readonly client: Client;
  readonly stores: Pick<Stores, 'cassandra' | 'rollupStore' | 'categoryStore'>;
  readonly sourceOf: (property: string) => ActivitySource;
  readonly modelServerAddress: string;
}

/** What this configuration looks at, and who starts it again. */
export function createHealth(options: HealthOptions): Health {
  const { config } = options;
  return { timeoutMs: config.health.timeoutSeconds * 1000, programs: programsOf(options), data: [...sourcesOf(options), ...clocksOf(options)], restarter: restarterOf(config) };
}

function restarterOf({ health: { restarts }, home }: Config): Restarter {
  if (restarts.kind === 'supervisor') return supervisorOf(home);
  if (restarts.kind === 'nobody') return toldOnly(restarts.command);
  const { namespace, kubeconfig, context, deployments } = restarts;
  return restartDeployments({ deployments, cluster: openCluster({ ...publishing, setting: 'health.restarts', kubeconfig, context, namespace, requestTimeoutMs: 10_000 }) });
}

function programsOf({ config, client, stores, modelServerAddress }: HealthOptions): PartProbe[] {
  const { health, publisher, rollups } = config;
  const isReady = (status: number): boolean => status === 200;
  const probes: PartProbe[] = [
    storeProbe(stores.cassandra, health.timeoutSeconds * 1000),
    { part: 'temporal', needs: [], everyMs: 0, look: () => askServer(client, health.timeoutSeconds * 1000) },
    httpProbe({ part: 'model-server', url: `${modelServerAddress}/v1/models/none` }),
  ];
  // Weeks on Kubernetes have pods of their own, which the cluster itself asks and starts again.
  if (publisher.kind === 'embedded') probes.push(httpProbe({ part: 'endpoint', url: `${endpointAddress(config)}/readyz`, needs: ['cassandra'], isWell: isReady }));
  if (Object.keys(rollups).length > 0) probes.push(httpProbe({ part: 'rollup-server', url: `${rollupServerAddress(config)}/readyz`, needs: ['cassandra'], isWell: isReady }));
  return probes.filter(({ part }) => health.parts.some((wanted) => wanted === part));
}

async function askServer(client: Client, timeoutMs: number): Promise<string> {
  const { namespace } = client.options;
  await client.withDeadline(Date.now() + timeoutMs, () => client.workflowService.describeNamespace({ namespace }));
  return `namespace ${namespace} answers`;
}

/** What is looked at is the newest day that may be there: whether it is, is the business of the mornings. */
function sourcesOf({ config, sourceOf }: HealthOptions): PartProbe[] {
  if (!config.health.parts.includes('sources')) return [];
  return Object.entries(config.properties).map(([property, { calendar, timeZone }]) => ({
    part: `source/${property}`, needs: [], everyMs: config.health.sourcesEveryMinutes * MINUTE_MS,
    look: (signal) => lookAtSource(sourceOf(property), newestDay(calendar, timeZone), signal),
  }));
}

async function lookAtSource(source: ActivitySource, day: Day, signal: AbortSignal): Promise<string> {
  try {
    const { state } = await source.look(day, { signal });
    return `says of ${day}: ${state}`;
  } catch (error) {
    // A quota that is used up is an answer.
    if (error instanceof Failure && error.code === 'source-busy') return error.message;
    throw error;
  }
}

function newestDay({ firstDay, lastDay }: { firstDay: Day; lastDay?: Day }, timeZone: string): Day {
  const yesterday = addDays(dayOf(Date.now() * 1000, timeZone), -1);
  const newest = lastDay !== undefined && lastDay < yesterday ? lastDay : yesterday;
  return newest < firstDay ? firstDay : newest;
}

function clocksOf({ config, stores }: HealthOptions): PartProbe[] {
  if (!config.health.parts.includes('clock')) return [];
  return Object.entries(config.rollups).filter(([, { schedules }]) => !schedules.paused).map(([rollup, settings]) => ({
    part: `clock/${rollup}`, needs: ['cassandra'], everyMs: 0,
    look: () => lookAtClock(stores, rollup, settings, Date.now(), config.health.clockLagMinutes),
  }));
}
