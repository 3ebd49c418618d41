import { problemBody, sendProblem } from './problems.ts';
import type { FastifyReply } from 'fastify';
import type { LiveState } from './live-state.ts';

export interface ReadinessOptions {
  readonly liveState: LiveState;
  /** After this long without a look at the releases the endpoint says it is not ready, and goes on serving what it knows. */
  readonly staleAfterMs: number;
  readonly isDraining: () => boolean;
}

/** Whether weeks are answered from what is live now. */
export function createReadiness({ liveState, staleAfterMs, isDraining }: ReadinessOptions) {
  return function readiness(reply: FastifyReply): unknown {
    const ageMs = liveState.ageMs();
    if (isDraining()) return sendProblem(reply, 'not-ready', problemBody('not-ready', { detail: 'shutting down' }));
    if (liveState.snapshot === null) return sendProblem(reply, 'not-ready', problemBody('not-ready', { detail: 'the releases have not been seen yet' }));
    if (ageMs > staleAfterMs) return sendProblem(reply, 'not-ready', problemBody('not-ready', { detail: `the releases were last seen ${Math.round(ageMs / 1000)} s ago; what was live then is still served` }));
    return { status: 'ready', stateAgeMs: Math.round(ageMs) };
  };
}
