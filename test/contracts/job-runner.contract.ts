import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Job, JobOutcome, JobRunner } from '../../src/ports/job-runner.ts';

/** What the test program of the suite can be told to do, as `job.json`: `{"act": …}`. */
export type Act = 'succeed' | 'crash' | 'refuse' | 'no-result' | 'hang' | 'hang-until-told' | 'hang-stubbornly' | 'eat-memory' | 'starve-child' | 'look-around' | 'chatter';

/** Behaviour of every plug of the socket JobRunner. The plug runs the suite's test program as its `trainer`. */
export function jobRunnerContract(name: string, make: () => JobRunner): void {
  describe(`job runner: ${name}`, { concurrency: false }, () => {
    let folder: string;
    let runner: JobRunner;
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'almanac-job-'));
      runner = make();
    });
    after(() => rm(folder, { recursive: true, force: true }));

    async function run(act: Act, change: Partial<Job> = {}, signal = new AbortController().signal): Promise<JobOutcome & { beats: string[] }> {
      await writeFile(path.join(folder, 'job.json'), JSON.stringify({ act }));
      const beats: string[] = [];
      const job: Job = { id: `test/${act}`, program: 'trainer', folder, inputs: ['job.json'], timeoutMs: 30_000, memoryMb: 512, ...change };
      return { ...(await runner.run(job, { signal, onBeat: ({ line }) => beats.push(line) })), beats };
    }

    test('a job that writes its result has finished, and its log is kept', async () => {
      const outcome = await run('succeed');
      assert.deepEqual([outcome.reason, outcome.exitCode], ['finished', 0]);
      assert.deepEqual(JSON.parse(await readFile(path.join(folder, 'result.json'), 'utf8')), { done: true });
      assert.match(await readFile(outcome.logFile, 'utf8'), /a line on stdout\n/);
      assert.ok(outcome.lastLines.includes('a line on stderr'));
    });

    test('the folder is filled by leave of the runner, before the work begins', async () => {
      await rm(folder, { recursive: true });
      const prepare = async () => {
        await mkdir(folder);
        await writeFile(path.join(folder, 'job.json'), JSON.stringify({ act: 'succeed' }));
      };
      const job: Job = { id: 'test/prepared', program: 'trainer', folder, inputs: ['job.json'], timeoutMs: 30_000, memoryMb: 512 };
      assert.equal((await runner.run(job, { signal: new AbortController().signal, onBeat: () => undefined, prepare })).reason, 'finished');
    });

    test('a crash is a failure that shows the last lines, and no older result is left', async () => {
      const outcome = await run('crash');
      assert.equal(outcome.reason, 'failed');
      assert.ok(outcome.lastLines.some((line) => line.includes('crashed as told')));
      await assert.rejects(readFile(path.join(folder, 'result.json')), { code: 'ENOENT' });
    });

    test('a refusal keeps its exit code', async () => {
      const outcome = await run('refuse');
      assert.deepEqual([outcome.reason, outcome.exitCode, outcome.lastLines.at(-1)], ['failed', 2, 'bad-argument: refused as told']);
    });

    test('exit code 0 without a result is a failure', async () => {
      assert.equal((await run('no-result')).reason, 'failed');
    });

    test('a job that takes too long is ended, even when it ignores SIGTERM; it beats meanwhile', async () => {
      const outcome = await run('hang-stubbornly', { timeoutMs: 2500 });
      assert.equal(outcome.reason, 'timed-out');
      assert.ok(outcome.beats.length >= 1, 'no beat in 2.5 s');
      assert.ok(outcome.beats.includes('hanging stubbornly'), outcome.beats.join());
    });

    test('a job that uses more memory than it may is ended', async () => {
      const outcome = await run('eat-memory', { memoryMb: 200 });
      assert.equal(outcome.reason, 'out-of-memory');
      assert.ok(outcome.peakMemoryMb > 150, `peak ${outcome.peakMemoryMb}`);
    });

    test('cancelling ends the job', async () => {
      const controller = new AbortController();
      await writeFile(path.join(folder, 'job.json'), JSON.stringify({ act: 'hang' }));
      const outcome = await runner.run(
        { id: 'test/cancel', program: 'trainer', folder, inputs: ['job.json'], timeoutMs: 30_000, memoryMb: 512 },
        { signal: controller.signal, onBeat: () => controller.abort() },
      );
      assert.equal(outcome.reason, 'cancelled');
    });

    test('a job that is cancelled before it starts ends as well', async () => {
      assert.equal((await run('hang', {}, AbortSignal.abort())).reason, 'cancelled');
    });

    test('a log stays bounded and its end is kept', async () => {
      const outcome = await run('chatter');
      const text = await readFile(outcome.logFile, 'utf8');
      assert.ok(text.length < 1.1 * 1024 * 1024, `${text.length} bytes`);
      assert.match(text, /the last word\n$/);
    });

    test('a second run under the same id ends the first one', async () => {
      const other = await mkdtemp(path.join(tmpdir(), 'almanac-job-'));
      await writeFile(path.join(other, 'job.json'), JSON.stringify({ act: 'hang' }));
      let retry: Promise<JobOutcome> | undefined;
      const first = runner.run(
        { id: 'test/succeed', program: 'trainer', folder: other, inputs: ['job.json'], timeoutMs: 30_000, memoryMb: 512 },
        { signal: new AbortController().signal, onBeat: () => (retry ??= run('succeed')) },
      );
      assert.equal((await first).reason, 'failed');
      assert.equal((await retry)?.reason, 'finished');
      await rm(other, { recursive: true });
    });

    test('a sweep leaves living owners alone', async () => {
      assert.deepEqual(await runner.sweep(), []);
    });
  });
}
