import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { Failure } from '../../src/domain/failure.ts';
import { hashText } from '../../src/domain/hash.ts';
import { isPastKeeping, noInputs, type Seal } from '../../src/domain/rollup/seal.ts';
import { keepLog, readLeft } from '../left-by-job.ts';
import { inputsNow, type WrittenRows } from './build-bucket.ts';
import { keepSecondsOf, secondsNow, timeToLive } from './kept.ts';
import type { BucketName, Level } from '../../src/domain/rollup/bucket-name.ts';
import type { BuildingPlugs } from './rollup-plugs.ts';

const JOB_FILE = 'job.json';

/** A shard of a bucket, and the seals that are there. */
export interface Candidate {
  readonly bucket: BucketName;
  readonly shard: number;
  readonly before: Seal | null;
  readonly below: readonly Seal[];
}

/** One build of a job: its rows go under these inputs. */
interface JobBuild {
  readonly bucket: BucketName;
  readonly shard: number;
  readonly inputs: string;
  readonly below: readonly { readonly bucket: BucketName; readonly inputs: string }[];
}

interface JobResult {
  /** Builds that have rows. */
  readonly builds: readonly { readonly bucket: BucketName; readonly shard: number; readonly rows: number; readonly count: number; readonly read: number }[];
}

/**
 * Has the rows of all that is due written by one job, where the rollup has jobs and enough is due; else null, and the worker builds.
 * The job writes under the inputs that it is given and seals nothing: whoever is killed, or does the same beside it, changes nothing.
 */
export async function writeByJob(plugs: BuildingPlugs, { property, level, candidates }: { property: string; level: Level; candidates: readonly Candidate[] }): Promise<WrittenRows | null> {
  const { engine, semantics, retention } = plugs.rollupSettingsOf(property);
  const runner = plugs.rollupRunnerOf(property);
  if (engine.kind !== 'spark' || runner === null || new Set(candidates.map(({ bucket }) => bucket)).size < engine.leastBuckets) return null;
  const builds = await dueOf(plugs, property, level, candidates);
  if (new Set(builds.map(({ bucket }) => bucket)).size < engine.leastBuckets) return null;

  const job = JSON.stringify({ property, level, semantics, keepSeconds: timeToLive(keepSecondsOf(level, retention)), builds });
  const begunSecond = secondsNow();
  const name = `${property}-${level}-${hashText(job).slice(0, 12)}`;
  const folder = join(plugs.jobsFolder, `rollup-${name}`);
  const outcome = await runner.run(
    { id: `spark/${name}`, program: 'rollup', folder, inputs: [JOB_FILE], timeoutMs: engine.timeoutMinutes * 60_000, memoryMb: engine.memoryMb },
    { signal: cancellationSignal(), onBeat: (progress) => heartbeat(progress), prepare: () => prepareFolder(folder, job) },
  );
  // Why it failed is to be said even where it took its log away.
  const log = await keepLog(plugs, folder, outcome.logFile).catch(() => outcome.logFile);
  if (outcome.reason !== 'finished') {
    const isFinal = outcome.reason === 'timed-out' || outcome.reason === 'out-of-memory';
    throw new Failure('rollup-job-failed', `the job that builds ${builds.length} shards of ${level}s of "${property}" ${outcome.reason} (exit code ${outcome.exitCode ?? 'none'}): ${outcome.lastLines.findLast((line) => line.trim() !== '') ?? 'it said nothing'}. Log: ${log}`, { isFinal });
  }
  const { builds: done } = JSON.parse((await readLeft(folder, 'result.json')).toString()) as JobResult;
  await rm(folder, { recursive: true, force: true });
  const figures = new Map(done.map((one) => [keyOf(one.bucket, one.shard), one]));
  const inputs = new Map(builds.map((one) => [keyOf(one.bucket, one.shard), one.inputs]));
  return (key, now) => (inputs.get(keyOf(key.bucket, key.shard)) === now ? { rows: 0, count: 0, read: 0, ...figures.get(keyOf(key.bucket, key.shard)), begunSecond } : null);
}

/** What is not built, or from something else than is there now. What may be gone by age in part is left to the worker, which says so. */
async function dueOf(plugs: BuildingPlugs, property: string, level: Level, candidates: readonly Candidate[]): Promise<JobBuild[]> {
  const builds: JobBuild[] = [];
  const now = secondsNow();
  for (const { bucket, shard, before, below } of candidates) {
    const inputs = await inputsNow(plugs, { property, level, bucket, shard }, below);
    heartbeat();
    if (inputs === noInputs || before?.inputs === inputs) continue;
    if (below.some((seal) => seal.shard === shard && isPastKeeping(seal, now))) continue;
    builds.push({ bucket, shard, inputs, below: below.filter((seal) => seal.shard === shard && seal.rows > 0).map((seal) => ({ bucket: seal.bucket, inputs: seal.inputs })) });
  }
  return builds;
}

async function prepareFolder(folder: string, job: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, JOB_FILE), job);
}

function keyOf(bucket: BucketName, shard: number): string {
  return `${bucket} ${shard}`;
}
