import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { createActivities, type Plugs } from '../../activities/index.ts';
import { Failure } from '../../src/domain/failure.ts';
import { shopSettings } from '../models/quality-snapshots.ts';
import { startWeek } from './week-world.ts';
import { sequenceWorld, type SequenceWorld } from './world.ts';
import type { TrainingResult } from '../../src/domain/model/training.ts';
import type { Job, JobOutcome } from '../../src/ports/job-runner.ts';
import type { Activities } from '../../activities/index.ts';

const result: TrainingResult = { libtensorflow: '2', datasetRows: 5, positives: 2, models: [], walkForward: 'walk-forward.arrow', evaluatedSnapshots: [], notes: [], singleFeatureAuc: {} };
const crash = (job: Job): JobOutcome => ({ exitCode: 1, reason: 'failed', logFile: path.join(job.folder, 'log.txt'), lastLines: ['it crashed'], cpuSeconds: 1, peakMemoryMb: 1 });

suite('a training that fails', () => {
  let world: SequenceWorld;
  let root: string;
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'almanac-train-'));
    world = await sequenceWorld();
  });
  after(async () => {
    await world.dispose();
    await rm(root, { recursive: true, force: true });
  });

  /** The real step, over a runner whose tries end like this, one after the other; the pauses between them are short. */
  function trainingOver(...tries: ('away' | 'crash' | 'half a result' | 'finish')[]): { trainModels: Activities['trainModels']; left: () => number } {
    const plugs = {
      settingsOf: () => ({ ...shopSettings, checks: {} }),
      releaseStore: { latestBefore: async () => null, readStages: async () => [], writeStage: async () => undefined },
      artifacts: { put: async (kind: string) => ({ name: kind, sha256: '0'.repeat(64), bytes: 1 }) },
      jobsFolder: path.join(root, 'jobs'), jobLogsFolder: path.join(root, 'logs'),
      runner: {
        async run(job: Job): Promise<JobOutcome> {
          const end = tries.shift();
          if (end === 'away') throw new Failure('runner-unavailable', 'Docker does not answer', { isFinal: false });
          if (end === 'crash') return crash(job);
          await mkdir(job.folder, { recursive: true });
          for (const file of ['log.txt', result.walkForward]) await writeFile(path.join(job.folder, file), '');
          await writeFile(path.join(job.folder, 'result.json'), end === 'finish' ? JSON.stringify(result) : '{');
          return { ...crash(job), exitCode: 0, reason: 'finished' };
        },
      },
    } as unknown as Plugs;
    const steps = createActivities(plugs);
    return {
      left: () => tries.length,
      trainModels: (input) => steps.trainModels(input).catch((error: ApplicationFailure) => {
        throw ApplicationFailure.create({ message: error.message, type: error.type ?? 'Error', nonRetryable: error.nonRetryable ?? false, nextRetryDelay: '10 milliseconds' });
      }),
    };
  }

  test('for a runner that is away is tried until it is back, however often; two crashes in between are no reason to stop', async () => {
    const away = Array<'away'>(5).fill('away');
    const training = trainingOver(...away, 'crash', ...away, 'crash', ...away, 'finish');
    const week = await startWeek(world, 'runner-away', { trainModels: training.trainModels });
    await week.once('serving');
    assert.equal(training.left(), 0);
  });

  test('because its process crashes is given up at the third crash, whatever came between', async () => {
    const training = trainingOver('crash', 'away', 'crash', 'away', 'away', 'crash', 'finish');
    const week = await startWeek(world, 'training-crashes', { trainModels: training.trainModels });
    const { sentence } = await week.once('failed');
    assert.match(sentence, /training .* failed \(exit code 1\): it crashed/);
    assert.equal(training.left(), 1);
  });

  test('because it leaves no result that can be read is given up at the third, too', async () => {
    const training = trainingOver('half a result', 'half a result', 'half a result', 'finish');
    const week = await startWeek(world, 'training-half-done', { trainModels: training.trainModels });
    const { sentence } = await week.once('failed');
    assert.match(sentence, /training .* left a result that cannot be read/);
    assert.equal(training.left(), 1);
  });
});
