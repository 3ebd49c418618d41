import { lookAtWeeks } from '../publishers/kubernetes/look-at-weeks.ts';
import { weekName } from '../publishers/kubernetes/names.ts';
import { clusterOf, endpointAddress } from './publishers.ts';
import type { Config } from '../config.ts';
import type { Week } from '../domain/calendar/week.ts';

/** Who serves the weeks of this configuration, and where, for people. */
export function servedBy(config: Config): { readonly part: string; readonly address: string } {
  const { publisher } = config;
  return publisher.kind === 'kubernetes' ? { part: 'Kubernetes', address: `namespace ${publisher.namespace}` } : { part: 'endpoint', address: endpointAddress(config) };
}

/** Commands that ask a week from here; a Service's name is known in its cluster alone, so it is forwarded first. */
export function askingCommands(config: Config, { property, week }: { property: string; week: Week }, address: string): string[] {
  const { publisher } = config;
  const curl = (url: string) => `curl -H "Authorization: Bearer $(npx almanac key show ${property} ${week})" '${url}/v1/predictions?limit=5'`;
  if (publisher.kind !== 'kubernetes' || publisher.address !== undefined) return [curl(address)];
  const { pathname } = new URL(address);
  return [`kubectl --namespace ${publisher.namespace} port-forward service/${weekName({ property, week })} 8600:80 &`, curl(`http://127.0.0.1:8600${pathname}`)];
}

/** Whoever serves the weeks, asked: whether it answers within `timeoutMs` and what it says. */
export async function lookAtServing(config: Config, timeoutMs: number): Promise<{ readonly isReachable: boolean; readonly detail: string }> {
  const { publisher } = config;
  try {
    if (publisher.kind === 'kubernetes') return { isReachable: true, detail: await lookAtWeeks(clusterOf(publisher, timeoutMs)) };
    const answer = await fetch(`${endpointAddress(config)}/readyz`, { signal: AbortSignal.timeout(timeoutMs) });
    await answer.arrayBuffer();
    return { isReachable: answer.ok, detail: answer.ok ? '' : `answers ${answer.status}` };
  } catch (error) {
    // Of an endpoint that is away nothing is known but that.
    return { isReachable: false, detail: publisher.kind === 'kubernetes' && error instanceof Error ? error.message : '' };
  }
}
