import type { FailureCode } from '../../domain/failure.ts';

/** What a command's exit code means; printed by `almanac --help`. */
export const EXIT_CODES = {
  ok: [0, 'done'],
  failed: [1, 'failed'],
  badArgument: [2, 'bad arguments or configuration'],
  notFound: [3, 'there is no such property, week, day, key or run'],
  notReachable: [4, 'Temporal, Cassandra, a worker or the endpoint does not answer'],
  refused: [5, 'refused, or a person must decide'],
  waiting: [6, 'not decided yet (status --exit-code, week status --exit-code), or not there yet (source retry)'],
  interrupted: [130, 'interrupted; what was started goes on'],
} as const satisfies Record<string, readonly [number, string]>;

export type Exit = keyof typeof EXIT_CODES;

/** How each failure of ours ends a command. */
const EXIT_OF_FAILURE: Record<FailureCode, Exit> = {
  'bad-argument': 'badArgument', 'bad-configuration': 'badArgument', 'property-changed': 'badArgument', 'week-too-young': 'badArgument',
  'property-unknown': 'notFound', 'week-unknown': 'notFound', 'key-missing': 'notFound', 'artifact-missing': 'notFound',
  'store-unavailable': 'notReachable', 'model-server-unavailable': 'notReachable', 'runner-unavailable': 'notReachable', 'part-missing': 'notReachable', 'source-unavailable': 'notReachable', 'source-busy': 'notReachable', 'cluster-unavailable': 'notReachable',
  'model-refused': 'refused', 'source-refused': 'refused', 'cluster-refused': 'refused', leak: 'refused',
  'week-not-decided': 'waiting',
  'day-missing': 'failed', 'day-empty': 'failed', 'day-low-volume': 'failed', 'day-bad-rows': 'failed', 'day-changed-while-read': 'failed', 'check-failed': 'refused',
  'rollup-gap': 'failed', 'rollup-gone': 'notFound', 'rollup-mismatch': 'refused', 'rollup-job-failed': 'failed',
  parity: 'failed', 'training-failed': 'failed', 'artifact-corrupt': 'failed', 'probe-failed': 'failed', 'rollout-failed': 'failed', 'port-in-use': 'failed', busy: 'failed',
};

const GRPC = { cancelled: 1, deadlineExceeded: 4, notFound: 5, failedPrecondition: 9, unavailable: 14 };

/** The exit and the one line for people of whatever a command threw. */
export function endingOf(error: unknown): { exit: Exit; sentence: string } {
  for (let at = error; at instanceof Error; at = at.cause) {
    const known = knownEnding(at);
    if (known) return known;
  }
  return { exit: 'failed', sentence: oneLine(innermost(error)) };
}

function knownEnding(error: Error): { exit: Exit; sentence: string } | null {
  const code = 'code' in error ? error.code : undefined;
  // A failure of ours keeps its code as `code` here and as `type` when it comes back from a step.
  const ours = typeof code === 'string' && code in EXIT_OF_FAILURE ? code : 'type' in error && typeof error.type === 'string' && error.type in EXIT_OF_FAILURE ? error.type : null;
  if (ours !== null) return { exit: EXIT_OF_FAILURE[ours as FailureCode], sentence: oneLine(error.message) };
  if (error.name === 'RangeError') return { exit: 'badArgument', sentence: oneLine(error.message) };
  if (error.name === 'WorkflowNotFoundError' || error.name === 'ScheduleNotFoundError') return { exit: 'notFound', sentence: `nothing runs and nothing is remembered under that name (${oneLine(error.message)})` };
  if (error.name === 'WorkflowUpdateFailedError') return { exit: updateExit(error), sentence: oneLine(innermost(error)) };
  if (code === GRPC.notFound) return { exit: 'notFound', sentence: oneLine(error.message) };
  if (code === GRPC.unavailable) return { exit: 'notReachable', sentence: 'Temporal does not answer: start it (npm start), or set TEMPORAL_ADDRESS' };
  if (code === GRPC.deadlineExceeded || code === GRPC.cancelled || code === GRPC.failedPrecondition || error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError') {
    return { exit: 'notReachable', sentence: 'no worker has answered in time: is one running (npx almanac status)? What was asked for is done when one comes up' };
  }
  return null;
}

/** A week that refuses says why in its own words; a failed step keeps the code of its failure. */
function updateExit(error: Error): Exit {
  for (let at: unknown = error.cause; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string' && at.type in EXIT_OF_FAILURE) return EXIT_OF_FAILURE[at.type as FailureCode];
  }
  return 'refused';
}

function innermost(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? at.message : String(at);
}

function oneLine(text: string): string {
  return text.split('\n').filter((line) => line.trim() !== '').join(' · ') || 'failed without saying why';
}
