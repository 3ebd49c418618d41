import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ORDER, readLastWord, type PodOrder } from '../../src/runners/kubernetes/order.ts';
import { fetchOutputs, sendInputs } from '../../src/runners/kubernetes/transfer.ts';
import { connectArtifactBucket } from '../../src/stores/s3/artifact-bucket.ts';
import { recipes, writeJob } from '../models/synthetic.ts';
import { s3World } from '../s3/world.ts';
import type { ArtifactStore } from '../../src/ports/artifact-store.ts';

const main = path.resolve(import.meta.dirname, '../../src/main');

describe('the program of a pod that trains', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-pod-'));
  let s3: Awaited<ReturnType<typeof s3World>>;
  let bucket: string;
  let artifacts: ArtifactStore;
  before(async () => {
    s3 = await s3World();
    bucket = s3.newBucket();
    artifacts = await connectArtifactBucket({ bucket, endpoint: s3.endpoint, credentials: s3.credentials, copies: path.join(folder, 'worker') });
  });
  after(async () => {
    await s3.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs as the image would, on the files of a folder. */
  async function runs(name: string, inputs: string, accessKeyId = s3.credentials.accessKeyId) {
    const order: PodOrder = {
      job: { id: 'train/shop/2011-W36/r1', program: 'trainer', timeoutMs: 120_000, memoryMb: 2048 }, inputs: (await sendInputs(artifacts, { folder: inputs, inputs: readdirSync(inputs) }, new AbortController().signal)) ?? {},
      artifacts: { bucket, prefix: '', endpoint: s3.endpoint, credentials: { ...s3.credentials, accessKeyId } },
    };
    const terminationLog = path.join(folder, `${name}.word`);
    const pod = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path.join(main, 'job.ts'), path.join(folder, name), terminationLog], { env: { PATH: process.env.PATH, TF_CPP_MIN_LOG_LEVEL: '3', [ORDER]: JSON.stringify(order) }, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    pod.stdout.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    const [exitCode] = (await once(pod, 'close')) as [number];
    return { exitCode, said, word: readLastWord(readFileSync(terminationLog, 'utf8')) };
  }

  test('leaves what the trainer leaves in a folder, byte for byte', async () => {
    const [alone, fetched] = [path.join(folder, 'alone'), path.join(folder, 'fetched')];
    await writeJob(alone, { rows: 2000, features: 5, snapshots: 10, seed: 5 }, { recipes: [recipes.baseline, recipes.logistic] });
    const { exitCode, said, word } = await runs('trained', alone);
    assert.ok(word && 'outcome' in word && word.result, said);
    assert.deepEqual([exitCode, word.outcome.reason], [0, 'finished']);
    assert.match(said, /dataset: 2000 rows, 5 features, 10 snapshots/);
    mkdirSync(fetched);
    await fetchOutputs(artifacts, word.result, fetched);
    const inputs = readdirSync(alone);
    assert.equal(spawnSync(process.execPath, [path.join(main, 'trainer.ts'), alone]).status, 0);
    const filesOf = (of: string) => readdirSync(of, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.relative(of, path.join(parentPath, name))).sort();
    assert.deepEqual(filesOf(fetched), filesOf(alone).filter((file) => !inputs.includes(file)));
    for (const file of filesOf(fetched)) assert.deepEqual(readFileSync(path.join(fetched, file)), readFileSync(path.join(alone, file)), file);
  });

  const refused = path.join(folder, 'inputs');
  mkdirSync(refused);
  writeFileSync(path.join(refused, 'job.json'), '{"dataset":"dataset.arrow"}');

  test('hands on why the trainer refuses a job, and its exit code', async () => {
    const { exitCode, said, word } = await runs('refused', refused);
    assert.match(said, /^bad-argument: job\.json cannot be used: .+\n$/);
    assert.ok(word && 'outcome' in word && word.outcome.peakMemoryMb > 10);
    assert.deepEqual([exitCode, word.outcome.reason, word.outcome.exitCode, word.result], [2, 'failed', 2, undefined]);
  });

  test('says that the bucket is not open to it', async () => {
    const { exitCode, word } = await runs('locked-out', refused, 'somebody');
    assert.ok(word && 'failure' in word);
    assert.deepEqual([exitCode, word.failure.code, word.failure.isFinal], [1, 'store-unavailable', true]);
    assert.match(word.failure.message, /refused the key/);
  });
});
