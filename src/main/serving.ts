import { lookAtWeeks } from '../publishers/kubernetes/look-at-weeks.ts';
import { clusterOf, endpointAddress } from './publishers.ts';
import type { Config } from '../config.ts';

/** Who serves the weeks of this configuration, and where, for people. */
export function servedBy(config: Config): { readonly part: string; readonly address: string } {
  const { publisher } = config;
  return publisher.kind === 'kubernetes' ? { part: 'Kubernetes', address: `namespace ${publisher.namespace}` } : { part: 'endpoint', address: endpointAddress(config) };
}

/** The same, asked: whether it answers within `timeoutMs` and what it says. */
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
