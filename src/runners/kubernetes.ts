import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failure.ts';
import { selectorOf } from '../kubernetes/manifest.ts';
import { openJobLog, type JobLog } from './job-log.ts';
import { followJob } from './kubernetes/follow-job.ts';
import { isHeld, removeJob, takeJob, type HeldJob } from './kubernetes/held-job.ts';
import { annotations, jobKind, jobLabels, jobManifest, jobName, workLabel, type JobSettings } from './kubernetes/job-manifest.ts';
import { fetchOutputs, sendInputs } from './kubernetes/transfer.ts';
import { whileBeating } from './while-beating.ts';
import type { V1Job } from '@kubernetes/client-node';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { Job, JobRunner, RunOptions } from '../ports/job-runner.ts';

export interface KubernetesRunnerOptions {
  readonly cluster: Cluster;
  /** The bucket of `settings`, as this process reaches it. */
  readonly artifacts: ArtifactStore;
  readonly settings: JobSettings;
  /** Which Almanac this is: of a namespace's Jobs only its own are taken over or swept. */
  readonly instance: string;
  /** How long a Job that nobody looks after waits for the retry that takes it over, before a sweep ends it. */
  readonly adoptWithinMs?: number;
}

/** Who writes Jobs, and where its settings and rights are. */
export const running = { fieldManager: 'almanac-runner', setting: 'runner', rights: 'k8s/runner.yaml' } as const;

const NAME_ATTEMPTS = 10;

/**
 * PLUG: jobs as Jobs of Kubernetes. Pods share no folder with anybody: inputs and what a job leaves travel as artifacts. A
 * Job's name is its job's, so a retry, in whichever worker, takes over work that goes on or has its result, with its whole log.
 */
export function kubernetesRunner({ cluster, artifacts, settings, instance, adoptWithinMs = 10 * 60_000 }: KubernetesRunnerOptions): JobRunner {
  function isWorthTakingOver({ metadata, status }: V1Job, job: Job): boolean {
    const isSame = metadata?.labels?.['almanac/work'] === workLabel(settings, job)['almanac/work'];
    return isSame && metadata?.deletionTimestamp === undefined && !status?.conditions?.some(({ type, status: held }) => type.startsWith('Fail') && held === 'True');
  }

  /** The job's Job: the one that is there, or a new one. Null when it was cancelled before there is one. */
  async function hold(job: Job, { signal, prepare }: Pick<RunOptions, 'signal' | 'prepare'>): Promise<HeldJob | null> {
    const [name, owner] = [jobName(instance, job.id), randomUUID()];
    for (let attempt = 1; attempt <= NAME_ATTEMPTS; attempt += 1) {
      const found = await cluster.read<V1Job>(jobKind, name);
      const taken = found && isWorthTakingOver(found, job) ? await takeJob(cluster, found, owner) : null;
      if (taken) return taken;
      if (signal.aborted) return null;
      if (found) await removeJob(cluster, { name, uid: found.metadata?.uid ?? '' }, signal);
      if (signal.aborted) return null;
      await prepare?.();
      const inputs = await sendInputs(artifacts, job, signal);
      if (inputs === null) return null;
      const made = await cluster.create(jobManifest(settings, instance, job, inputs, owner, new Date().toISOString()));
      if (made) return { name, uid: made.metadata?.uid ?? '', owner };
      await sleep(100 * attempt); // somebody else was faster, or what was deleted is not gone yet
      if (signal.aborted) return null; // whoever was faster is a later attempt: it is not ours to take
    }
    throw new Failure('runner-unavailable', `Job ${name} in ${cluster.namespace} neither goes nor belongs to job ${job.id}: kubectl delete job ${name} --namespace ${cluster.namespace}`, { isFinal: false });
  }

  return {
    async run(job, options) {
      const { signal, onBeat } = options;
      const held = await whileBeating(options, 'its Job is being made', () => hold(job, options));
      const logFile = path.join(job.folder, 'log.txt');
      if (held === null) return { exitCode: null, reason: 'cancelled', logFile, lastLines: ['cancelled before its Job was made'], cpuSeconds: 0, peakMemoryMb: 0 };
      let log: JobLog | undefined;
      let isLeft = false;
      try {
        await mkdir(job.folder, { recursive: true });
        await rm(path.join(job.folder, 'result.json'), { force: true });
        log = openJobLog(logFile);
        const { outcome, list } = await followJob({ cluster, held, job, log, signal, onBeat, startMs: settings.startSeconds * 1000 });
        isLeft = true; // it has finished: if the bucket is away now, the retry comes for the result
        if (list) await whileBeating(options, 'its result is being fetched', () => fetchOutputs(artifacts, list, job.folder));
        isLeft = false;
        return { ...outcome, logFile, lastLines: [...log.lastLines] };
      } catch (error) {
        // The cluster is away: what runs there goes on, and the retry takes it over.
        isLeft ||= error instanceof Failure && error.code === 'cluster-unavailable';
        throw error;
      } finally {
        log?.close();
        if (!isLeft && (await isHeld(cluster, held).catch(() => false))) await cluster.remove(jobKind, held.name, held.uid).catch(() => undefined); // a sweep comes again
      }
    },
    async sweep() {
      const swept: string[] = [];
      const { items } = await cluster.list(jobKind, selectorOf(jobLabels(instance)));
      for (const { metadata } of items as V1Job[]) {
        if (metadata?.deletionTimestamp !== undefined) continue;
        const seen = metadata?.annotations?.[annotations.seen] ?? metadata?.creationTimestamp;
        if (seen === undefined || Date.now() - new Date(seen).getTime() < adoptWithinMs) continue;
        await cluster.remove(jobKind, metadata?.name ?? '', metadata?.uid);
        swept.push(metadata?.annotations?.[annotations.id] ?? '');
      }
      return swept.sort();
    },
  };
}
