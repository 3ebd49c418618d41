import { createHash } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failure.ts';
import { jobClaims, type Claim } from './docker/claims.ts';
import { createBody } from './docker/create-body.ts';
import { dockerEngine, type FoundContainer } from './docker/engine.ts';
import { followContainer } from './docker/follow-container.ts';
import { hasResult, openJobFolder, realJobFolder } from './docker/job-folder.ts';
import { openJobLog, type JobLog } from './job-log.ts';
import { whileBeating } from './while-beating.ts';
import type { Job, JobRunner } from '../ports/job-runner.ts';

export interface DockerRunnerOptions {
  /** Of the daemon on this machine: a job's folder is mounted by its path. */
  readonly socketPath: string;
  /** An image of ours; the job's program is the first word of its command. Never pulled. */
  readonly image: string;
  /** Jobs have their folders below it; nothing else is ever mounted. */
  readonly jobsFolder: string;
  /** Where it is written down who looks after which job. */
  readonly recordFolder: string;
  /** Between SIGTERM and SIGKILL, rounded up to whole seconds. */
  readonly graceMs?: number;
  /** How long a container whose owner is gone waits for the retry that takes it over, before a sweep ends it. */
  readonly adoptWithinMs?: number;
}

const NAME_ATTEMPTS = 10;

/**
 * PLUG: jobs in containers of a Docker daemon. A container's name is its job's, so a retry finds what an earlier attempt
 * began: work that goes on, or has its result, is taken over with its whole log; anything else is removed and begun again.
 */
export function dockerRunner({ socketPath, image, jobsFolder, recordFolder, graceMs = 5000, adoptWithinMs = 10 * 60_000 }: DockerRunnerOptions): JobRunner {
  const engine = dockerEngine({ socketPath });
  const claims = jobClaims(recordFolder);
  const home = hash(path.resolve(recordFolder)).slice(0, 12);

  const labelsOf = ({ id, program, folder, memoryMb, timeoutMs }: Job) => ({
    'almanac.home': home,
    'almanac.job': id,
    'almanac.work': hash(JSON.stringify([image, program, path.resolve(folder), memoryMb, timeoutMs])).slice(0, 32),
  });

  async function isWorthTakingOver({ labels, state }: FoundContainer, job: Job): Promise<boolean> {
    if (labels['almanac.work'] !== labelsOf(job)['almanac.work']) return false;
    if (state.Status === 'running' || state.Status === 'created') return true;
    return state.Status === 'exited' && state.ExitCode === 0 && !state.OOMKilled && hasResult(job.folder);
  }

  /** The job's container: the one that is there, or a new one that is not started. */
  async function containerOf(job: Job, prepare?: () => Promise<void>): Promise<FoundContainer> {
    const name = `almanac-${home}-${hash(job.id).slice(0, 16)}`;
    for (let attempt = 1; attempt <= NAME_ATTEMPTS; attempt += 1) {
      const found = await engine.find(name);
      if (found && (await isWorthTakingOver(found, job))) return found;
      if (found) {
        await engine.stop(found.id, graceMs);
        await engine.remove(found.id);
      }
      await prepare?.();
      const folder = await realJobFolder(job.folder, jobsFolder);
      await openJobFolder(folder, job.inputs);
      const id = await engine.create(name, createBody({ ...job, image, folder, labels: labelsOf(job) }));
      const made = id === undefined ? undefined : await engine.find(id);
      if (made) return made;
      await sleep(100 * attempt); // the name is taken, perhaps by what is being removed
    }
    throw new Failure('runner-unavailable', `${engine.where} has a container ${name} that neither goes nor belongs to job ${job.id}; remove it: docker rm -f ${name}`, { isFinal: false });
  }

  async function release(claim: Claim, container: FoundContainer | undefined): Promise<void> {
    const isGone = container === undefined || (await engine.remove(container.id).then(() => true, () => false));
    await (isGone ? claims.drop(claim) : claims.abandon(claim));
  }

  return {
    async run(job, options) {
      const { signal, onBeat, prepare } = options;
      const claim = await claims.take(job.id);
      let container: FoundContainer | undefined;
      let log: JobLog | undefined;
      try {
        container = await whileBeating(options, 'its container is being made', () => containerOf(job, prepare));
        log = openJobLog(path.join(job.folder, 'log.txt'));
        return await followContainer({ engine, container, job, log, graceMs, signal, onBeat, isMine: () => claims.isMine(claim), beat: () => claims.beat(claim) });
      } catch (error) {
        // The daemon is away: asked to remove now, it would do so once it is back, when a retry may have taken over.
        if (error instanceof Failure && error.code === 'runner-unavailable' && !error.isFinal) await claims.abandon(claim);
        throw error;
      } finally {
        log?.close();
        if (await claims.isMine(claim)) await release(claim, container);
      }
    },
    async sweep() {
      const swept: string[] = [];
      for (const id of await engine.withLabel(`almanac.home=${home}`)) {
        const found = await engine.find(id);
        if (!found) continue;
        const job = found.labels['almanac.job'] ?? '';
        const lastSeenMs = (await claims.lastSeenMs(job)) ?? found.createdMs;
        if (Date.now() - lastSeenMs < adoptWithinMs) continue;
        await engine.remove(id);
        await claims.forget(job);
        swept.push(job);
      }
      return swept.sort();
    },
  };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
