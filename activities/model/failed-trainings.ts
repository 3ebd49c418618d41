import { activityInfo, heartbeat } from '@temporalio/activity';
import { Failure } from '../../src/domain/failure.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { JobOutcome } from '../../src/ports/job-runner.ts';

/** A crash may not come again; one that came this often will. */
const MOST_FAILURES = 3;

/**
 * How often the process of this training failed in the attempts before: each attempt tells the next in what it beats. An
 * outage, a cancelled attempt or a killed worker is none of it, so the number of the attempt says nothing.
 */
export function failuresBefore(): number {
  const told = activityInfo().heartbeatDetails as { failures?: number } | undefined;
  return told?.failures ?? 0;
}

/** A bad job, a lack of memory or of time ends the same way each time; a crash may not. */
export function failureOf({ property, week }: RevisionKey, failures: number, { reason, exitCode, lastLines, logFile }: JobOutcome): Failure {
  const said = lastLines.at(-1) ?? 'it said nothing';
  const isHopeless = reason === 'timed-out' || reason === 'out-of-memory' || exitCode === 2;
  const isFinal = reason !== 'cancelled' && (isLast(failures) || isHopeless);
  return new Failure('training-failed', `training ${property} ${week} ${reason} (exit code ${exitCode ?? 'none'}): ${said}. Log: ${logFile}`, { isFinal });
}

/** It said that it has finished, but what it left is half there, or something else. */
export function unreadable({ property, week }: RevisionKey, failures: number, { logFile }: JobOutcome, cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Failure('training-failed', `training ${property} ${week} left a result that cannot be read: ${why}. Log: ${logFile}`, { cause, isFinal: isLast(failures) });
}

/** Counts this failure, for the next attempt. */
function isLast(failures: number): boolean {
  heartbeat({ failures: failures + 1 });
  return failures + 1 >= MOST_FAILURES;
}
