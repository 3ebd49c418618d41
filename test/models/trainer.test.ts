import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { childProcessRunner } from '../../src/runners/child-process.ts';
import { recipes, writeJob } from './synthetic.ts';

const trainer = path.join(import.meta.dirname, '../../src/main/trainer.ts');
const root = await mkdtemp(path.join(tmpdir(), 'almanac-trainer-'));
after(() => rm(root, { recursive: true, force: true }));
const small = { rows: 2000, features: 5, snapshots: 10, seed: 5 };

describe('the trainer', { concurrency: false }, () => {
  test('two processes write the same bytes from the same job, on one thread and on two', async () => {
    const [one, two] = [path.join(root, 'one'), path.join(root, 'two')];
    await writeJob(one, small);
    await cp(one, two, { recursive: true });
    for (const [folder, threads] of [[one, '1'], [two, '2']] as const) {
      const { status, stderr } = spawnSync(process.execPath, [trainer, folder], { encoding: 'utf8', env: { ...process.env, TF_NUM_INTRAOP_THREADS: threads } });
      assert.equal(status, 0, stderr);
    }
    const files = (await readdir(one, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    assert.ok(files.some(({ name }) => name === 'result.json') && files.some(({ name }) => name === 'saved_model.pb'));
    for (const { parentPath, name } of files) {
      const file = path.relative(one, path.join(parentPath, name));
      assert.deepEqual(await readFile(path.join(two, file)), await readFile(path.join(one, file)), file);
    }
  });

  test('a job that cannot be done is refused in one line, with exit code 2', async () => {
    const folder = await mkdtemp(path.join(root, 'bad-'));
    const refusal = async (job: string) => {
      await writeFile(path.join(folder, 'job.json'), job);
      const { status, stderr } = spawnSync(process.execPath, [trainer, folder], { encoding: 'utf8' });
      return [status, stderr.trim()];
    };
    assert.deepEqual(await refusal('{}'), [2, 'bad-argument: job.json cannot be used: the whole must have required properties dataset, featureNames, featureListVersion, transforms, horizonWeeks, recipes, evaluationSnapshots']);
    assert.match(String((await refusal('{'))[1]), /^bad-argument: job\.json cannot be used: it is not JSON/);
    const job = await writeJob(folder, { ...small, label: 0 });
    assert.deepEqual((await refusal(JSON.stringify(job)))[0], 2);
    assert.match(String((await refusal(JSON.stringify({ ...job, recipes: [recipes.dense, recipes.dense] })))[1]), /two recipes are named "dense"/);
    assert.ok(!(await readdir(folder)).includes('result.json'));
  });

  test('it ends when whoever started it is gone', async () => {
    const folder = path.join(root, 'abandoned');
    await writeJob(folder, { rows: 20_000, features: 20, snapshots: 20, seed: 5 }, { evaluationSnapshots: 8 });
    const child = spawn(process.execPath, [trainer, folder, '--end-with-stdin'], { stdio: ['pipe', 'pipe', 'ignore'] });
    for await (const line of child.stdout) if (String(line).includes('walk-forward')) break;
    child.stdin.end();
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 1);
    assert.ok(!(await readdir(folder)).includes('result.json'));
  });

  test('the runner runs it: result, log and figures', async () => {
    const folder = path.join(root, 'run');
    await writeJob(folder, small);
    const runner = childProcessRunner({ programs: { trainer }, recordFolder: path.join(root, 'records') });
    const outcome = await runner.run({ id: 'train/shop', program: 'trainer', folder, inputs: ['job.json'], timeoutMs: 120_000, memoryMb: 2048 }, { signal: new AbortController().signal, onBeat: () => {} });
    assert.equal(outcome.reason, 'finished', outcome.lastLines.join('\n'));
    assert.ok(outcome.peakMemoryMb > 50 && outcome.cpuSeconds > 0);
    assert.match(await readFile(outcome.logFile, 'utf8'), /dataset: 2000 rows, 5 features, 10 snapshots/);
  });
});
