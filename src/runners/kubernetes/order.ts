import type { FailureCode } from '../../domain/failure.ts';
import type { ArtifactRef } from '../../ports/artifact-store.ts';
import type { Job, JobOutcome } from '../../ports/job-runner.ts';

/** The bucket as `artifacts` of almanac.yaml has it, with the places of a pod. */
export interface PodBucket {
  readonly bucket: string;
  readonly prefix: string;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretKeyFile: string } | undefined;
}

/** What a pod is asked to do, in its environment: references and places, never content. */
export interface PodOrder {
  readonly job: Pick<Job, 'id' | 'program' | 'timeoutMs' | 'memoryMb'>;
  /** By the name that each file has in the job's folder. */
  readonly inputs: Readonly<Record<string, ArtifactRef>>;
  readonly artifacts: PodBucket;
}

export type PodOutcome = Pick<JobOutcome, 'exitCode' | 'reason' | 'cpuSeconds' | 'peakMemoryMb'>;

/** How it ended, as the pod's termination message; `result` names the list of what it left. */
export type LastWord =
  | { readonly outcome: PodOutcome; readonly result?: ArtifactRef }
  | { readonly failure: { readonly code: FailureCode; readonly message: string; readonly isFinal: boolean } };

/** The variable with the order. */
export const ORDER = 'ALMANAC_JOB';
export const TERMINATION_LOG = '/dev/termination-log';
/** The cluster cuts a termination message off at 4096 bytes. */
const MESSAGE_LETTERS = 1000;

export function writeLastWord(word: LastWord): string {
  return JSON.stringify('failure' in word ? { failure: { ...word.failure, message: word.failure.message.slice(0, MESSAGE_LETTERS) } } : word);
}

/** Undefined when it said nothing, or something else: it was killed before it could. */
export function readLastWord(text: string | undefined): LastWord | undefined {
  try {
    const word = JSON.parse(text ?? '') as LastWord | null;
    return word !== null && typeof word === 'object' && ('outcome' in word || 'failure' in word) ? word : undefined;
  } catch {
    return undefined;
  }
}
