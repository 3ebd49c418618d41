import { readLastWord, type LastWord } from './order.ts';
import type { V1ContainerStatus, V1Job, V1Pod } from '@kubernetes/client-node';

export type Judged =
  | { readonly state: 'waiting' }
  | { readonly state: 'running'; readonly startedMs: number }
  /** It will not begin as it is. */
  | { readonly state: 'stuck'; readonly isFinal: boolean }
  | { readonly state: 'ended'; readonly word: LastWord | undefined; readonly exitCode: number | null; readonly isStarved: boolean; readonly startedMs: number }
  /** The cluster took its pod away, or its time was over. */
  | { readonly state: 'taken'; readonly said: string }
  | { readonly state: 'overdue' };

/** What only a person can mend. */
const hopeless = new Set(['InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError']);
/** A registry may be away. */
const doubtful = new Set(['ImagePullBackOff', 'CreateContainerError', 'RunContainerError']);
const takenAway = new Set(['Evicted', 'Preempting', 'Shutdown', 'Terminated', 'NodeShutdown', 'NodeLost', 'NodeAffinity']);

/** What a Job and its pod say of the work. A pod that has ended says more than its Job, and an eviction more than an exit code. */
export function judgeJob(job: V1Job, pod: V1Pod | undefined): Judged {
  const failed = job.status?.conditions?.find(({ type, status }) => (type === 'Failed' || type === 'FailureTarget') && status === 'True');
  const judged = pod === undefined ? undefined : judgePod(pod);
  if (judged?.state === 'ended' || judged?.state === 'taken') return judged;
  if (failed?.reason === 'DeadlineExceeded') return { state: 'overdue' };
  const isOver = failed !== undefined || job.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True');
  if (isOver && pod === undefined) return { state: 'taken', said: 'its pod was deleted' };
  return judged ?? { state: 'waiting' };
}

function judgePod({ status }: V1Pod): Judged {
  const container = status?.containerStatuses?.[0];
  const disrupted = status?.conditions?.find(({ type, status: held }) => type === 'DisruptionTarget' && held === 'True');
  if (takenAway.has(status?.reason ?? '')) return { state: 'taken', said: said(status?.reason, status?.message) };
  const ended = container?.state?.terminated;
  if (ended) {
    const word = readLastWord(ended.message);
    if (disrupted && !(word && 'result' in word)) return { state: 'taken', said: said(disrupted.reason, disrupted.message) };
    return { state: 'ended', word, exitCode: ended.exitCode, isStarved: ended.reason === 'OOMKilled', startedMs: msOf(ended.startedAt) };
  }
  if (status?.phase === 'Failed') return { state: 'taken', said: said(status.reason, status.message) };
  return judgeBeginning(container);
}

function judgeBeginning(container: V1ContainerStatus | undefined): Judged {
  const running = container?.state?.running;
  if (running) return { state: 'running', startedMs: msOf(running.startedAt) };
  const reason = container?.state?.waiting?.reason ?? '';
  return hopeless.has(reason) || doubtful.has(reason) ? { state: 'stuck', isFinal: hopeless.has(reason) } : { state: 'waiting' };
}

function said(reason: string | undefined, message: string | undefined): string {
  return `${reason ?? 'the pod failed'}${message ? ` (${message.replaceAll(/\s+/g, ' ').trim()})` : ''}`;
}

function msOf(time: Date | string | undefined): number {
  return time === undefined ? Date.now() : new Date(time).getTime();
}
