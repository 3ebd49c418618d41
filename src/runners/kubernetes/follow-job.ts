import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import { reasonsOf } from '../../kubernetes/reasons.ts';
import { followWords } from './follow-words.ts';
import { endJob, type HeldJob } from './held-job.ts';
import { annotations, jobKind, latenessMs } from './job-manifest.ts';
import { judgeJob, type Judged } from './judge-pod.ts';
import type { CoreV1Event, V1Job, V1Pod } from '@kubernetes/client-node';
import type { Cluster } from '../../kubernetes/cluster.ts';
import type { ArtifactRef } from '../../ports/artifact-store.ts';
import type { Job, RunOptions } from '../../ports/job-runner.ts';
import type { JobLog } from '../job-log.ts';
import type { PodOutcome } from './order.ts';

interface Followed extends Pick<RunOptions, 'signal' | 'onBeat'> {
  readonly cluster: Cluster;
  readonly held: HeldJob;
  readonly job: Job;
  readonly log: JobLog;
  /** How long its pod may take to begin. */
  readonly startMs: number;
}

/** How a job ended; `list` names what it left, when it has finished. */
export interface Ended {
  readonly outcome: PodOutcome;
  readonly list?: ArtifactRef;
}

const LOOK_MS = 1000;
const SEEN_MS = 20_000;
/** An API server that is away this long is told; the Job goes on meanwhile. */
const OUTAGE_MS = 60_000;
const unknown = { exitCode: null, cpuSeconds: 0, peakMemoryMb: 0 };

/**
 * Follows a Job to its end, by looking at it each second: nothing of it is lost with a connection. Ends it when it is cancelled
 * or late, unless a later attempt looks after it. Fails when its pod cannot begin, was taken away, or the cluster is.
 */
export async function followJob(followed: Followed): Promise<Ended> {
  const { cluster, held, job, log, signal, onBeat, startMs } = followed;
  const words = followWords(cluster, log);
  const began = Date.now();
  let [startedMs, seenMs, answeredMs] = [began, began, began];
  const seconds = () => (Date.now() - startedMs) / 1000;
  const beats = setInterval(() => onBeat({ seconds: seconds(), line: log.lastLines.at(-1) ?? '' }), LOOK_MS);

  async function end(reason: 'cancelled' | 'timed-out', sentence: string): Promise<Ended> {
    log.note(sentence);
    await endJob(cluster, held);
    return { outcome: { ...unknown, reason } };
  }

  try {
    for (;; await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)) {
      if (signal.aborted) return await end('cancelled', `cancelled after ${seconds().toFixed(1)} s`);
      const seen = await look(followed, answeredMs);
      if (seen === 'away') continue;
      answeredMs = Date.now();
      if (seen === 'gone') return failed(log, 'its Job was deleted, or replaced by other work');
      if (seen.pod) words.begin(seen.pod.metadata?.name ?? '');
      const { judged } = seen;
      if (judged.state === 'running' || judged.state === 'ended') startedMs = judged.startedMs;
      if (judged.state === 'ended') {
        await words.end();
        return endedAs(judged, followed);
      }
      if (judged.state === 'overdue') return await end('timed-out', `ended by the cluster: it took longer than ${job.timeoutMs / 1000} s`);
      if (judged.state === 'taken') throw new Failure('runner-unavailable', `the pod of job ${job.id} was taken away: ${judged.said}. It is done again`, { isFinal: false });
      if (judged.state === 'running' && Date.now() - startedMs > job.timeoutMs + latenessMs) return await end('timed-out', `ended: it took longer than ${job.timeoutMs / 1000} s`);
      const isLate = judged.state === 'waiting' && Date.now() - began > startMs;
      if (judged.state === 'stuck' || isLate) throw await cannotBegin(followed, seen, isLate ? `not within ${startMs / 1000} s` : '', judged.state === 'stuck' && judged.isFinal);
      if (Date.now() - seenMs > SEEN_MS && seen.isMine) {
        seenMs = Date.now();
        await cluster.annotate(jobKind, held, { [annotations.seen]: new Date().toISOString() }).catch(() => undefined); // the next look says whether it is away
      }
    }
  } finally {
    clearInterval(beats);
    await words.end();
  }
}

interface Seen {
  readonly live: V1Job;
  readonly pod: V1Pod | undefined;
  readonly judged: Judged;
  readonly isMine: boolean;
}

async function look({ cluster, held }: Followed, answeredMs: number): Promise<Seen | 'gone' | 'away'> {
  try {
    const live = await cluster.read<V1Job>(jobKind, held.name);
    if (live === null || live.metadata?.uid !== held.uid) return 'gone';
    const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, `batch.kubernetes.io/controller-uid=${held.uid}`);
    const [pod] = items as V1Pod[];
    return { live, pod, judged: judgeJob(live, pod), isMine: live.metadata.annotations?.[annotations.owner] === held.owner };
  } catch (error) {
    if (error instanceof Failure && error.code === 'cluster-unavailable' && Date.now() - answeredMs < OUTAGE_MS) return 'away';
    throw error;
  }
}

/** The cluster's own words, as far as it gives them. */
async function cannotBegin({ cluster, job }: Followed, { live, pod }: Seen, late: string, isFinal: boolean): Promise<Failure> {
  const events = await cluster.list({ apiVersion: 'v1', kind: 'Event' }).then(({ items }) => items as unknown as CoreV1Event[], () => []);
  const reasons = [late, ...reasonsOf(live, pod ? [pod] : [], events)].filter((reason) => reason !== '');
  return new Failure('runner-unavailable', `the pod of job ${job.id} cannot begin on Kubernetes: ${reasons.join('; ')}. ${isFinal ? 'Look at runner in almanac.yaml' : 'It is tried again'}`, { isFinal });
}

/** The mark of a lack of memory first, then what it said itself; an exit code of 0 alone says nothing. */
function endedAs({ word, isStarved, exitCode }: Extract<Judged, { state: 'ended' }>, { job, log }: Followed): Ended {
  if (isStarved) {
    log.note(`it, or a process that it started, was killed for want of memory; its limit is ${job.memoryMb} MiB`);
    const peakMemoryMb = Math.max(job.memoryMb, word && 'outcome' in word ? word.outcome.peakMemoryMb : 0);
    return { outcome: { ...unknown, exitCode, reason: 'out-of-memory', peakMemoryMb } };
  }
  if (word === undefined) return failed(log, `its pod ended with exit code ${exitCode} and without a word`, exitCode);
  if ('failure' in word) throw new Failure(word.failure.code, word.failure.message, { isFinal: word.failure.isFinal });
  if (word.outcome.reason === 'finished' && word.result === undefined) return failed(log, 'it ended with exit code 0 but without a result', exitCode);
  return { outcome: word.outcome, ...(word.result ? { list: word.result } : {}) };
}

function failed(log: JobLog, sentence: string, exitCode: number | null = null): Ended {
  log.note(sentence);
  return { outcome: { ...unknown, exitCode, reason: 'failed' } };
}
