import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import type { Recipe } from '../../src/domain/model/training.ts';
import { readWalkForward, writeDataset } from '../../src/models/dataset.ts';
import { loadSavedModel } from '../../src/models/load-saved-model.ts';
import { tf } from '../../src/models/tfjs.ts';
import { train } from '../../src/models/train.ts';
import { recipes, syntheticRows, writeJob, type SyntheticOptions } from './synthetic.ts';

const root = await mkdtemp(path.join(tmpdir(), 'almanac-train-'));
after(() => rm(root, { recursive: true, force: true }));
const small: SyntheticOptions = { rows: 3000, features: 6, snapshots: 12, seed: 11 };

async function trained(change: Parameters<typeof writeJob>[2] = {}, synthetic = small) {
  const folder = await mkdtemp(path.join(root, 'job-'));
  const job = await writeJob(folder, synthetic, change);
  return { folder, job, result: await train({ job, folder, log: () => {} }) };
}

describe('training', { concurrency: false }, () => {
  test('stock libtensorflow answers what the trainer computed, for every recipe', async () => {
    const { folder, result } = await trained();
    for (const { recipe, savedModel, parity } of result.models) {
      const model = await loadSavedModel(path.dirname(path.join(folder, savedModel)));
      const answers = model.predict(Float32Array.from(parity.rows.flat()), parity.rows.length);
      assert.equal(parity.rows.length, 256);
      assert.ok(largest(answers, parity.probabilities) < 1e-6, recipe.name);
      const alone = parity.rows.map((row) => model.predict(Float32Array.from(row), 1)[0] ?? Number.NaN);
      assert.ok(largest(alone, parity.probabilities) < 1e-6, `${recipe.name}, rows alone`);
      model.dispose();
    }
  });

  test('no tensor is left behind', async () => {
    await trained({ recipes: [recipes.logistic] });
    const before = tf.memory().numTensors;
    await trained();
    assert.equal(tf.memory().numTensors, before);
  });

  test('the same job gives the same bytes', async () => {
    const [first, second] = [await trained(), await trained()];
    assert.deepEqual(second.result, first.result);
    assert.deepEqual(await hashesIn(second.folder), await hashesIn(first.folder));
  });

  test('another seed is another dense model, and the same logistic one', async () => {
    const [one, two] = [await trained(), await trained({ recipes: Object.values(recipes).map((recipe): Recipe => ({ ...recipe, seed: 99 })) })];
    const same = one.result.models.map((model, index) => model.weightHash === two.result.models[index]?.weightHash);
    assert.deepEqual(same, [true, true, false]);
  });

  test('what is there to learn is learned, better than by the baseline', async () => {
    const { folder, result } = await trained();
    const rows = readWalkForward(await readFile(path.join(folder, result.walkForward)));
    const auc = (name: string) => aucOf(rows.map((row) => ({ score: row.predictions[name] ?? 0, label: row.label })));
    assert.ok(auc('logistic') > auc('baseline') + 0.02, `${auc('logistic')} and ${auc('baseline')}`);
    assert.ok(auc('dense') > auc('baseline') + 0.02, `${auc('dense')} and ${auc('baseline')}`);
    const { f0 = 0 } = result.singleFeatureAuc;
    assert.ok(Math.abs(f0 - aucOf(rows.map((row) => ({ score: row.predictions['baseline'] ?? 0, label: row.label })))) < 0.02);
  });

  test('a snapshot is judged by models that end a horizon before it', async () => {
    const { result } = await trained({ evaluationSnapshots: 3, horizonWeeks: 4 });
    assert.deepEqual(result.evaluatedSnapshots, ['2011-W10', '2011-W11', '2011-W12']);
    const { result: far } = await trained({ evaluationSnapshots: 3, horizonWeeks: 10 });
    assert.deepEqual(far.evaluatedSnapshots, ['2011-W11', '2011-W12']);
    assert.deepEqual(far.notes, ['snapshot 2011-W10 is not judged: of 0 rows matured before it, 0 are churned']);
  });

  test('the labels of a judged snapshot cannot change what is said of it', async () => {
    const { folder, job, result } = await trained({ evaluationSnapshots: 1, recipes: [recipes.logistic] });
    const flipped = [...syntheticRows(small)].map((row) => (row.snapshot === '2011-W12' ? { ...row, label: row.label === 1 ? (0 as const) : (1 as const) } : row));
    const said = async () => readWalkForward(await readFile(path.join(folder, result.walkForward))).map(({ predictions }) => predictions);
    const before = await said();
    assert.equal(before.length, small.rows / small.snapshots);
    await writeFile(path.join(folder, job.dataset), await writeDataset(flipped, job.featureNames, {}));
    await train({ job, folder, log: () => {} });
    assert.deepEqual(await said(), before);
  });

  test('rows of one label cannot train', async () => {
    await assert.rejects(trained({}, { ...small, label: 1 }), { code: 'training-failed', message: /3000 training rows, 3000 of them churned; it needs rows of both labels/ });
  });

  test('a feature that a recipe leaves out has no weight', async () => {
    const { folder, result } = await trained({ recipes: [recipes.baseline] });
    const model = await loadSavedModel(path.dirname(path.join(folder, result.models[0]?.savedModel ?? '')));
    const row = result.models[0]?.parity.rows[0] ?? [];
    const changed = row.map((value, index) => (index === 0 ? value : value + 1000));
    assert.deepEqual(model.predict(Float32Array.from(row), 1), model.predict(Float32Array.from(changed), 1));
    model.dispose();
  });

  test('a setting that is missing is named', async () => {
    await assert.rejects(trained({ recipes: [{ ...recipes.dense, settings: {} }] }), { code: 'training-failed', message: /"dense" \(dense\) has no setting "epochs"/ });
  });
});

function largest(a: ArrayLike<number>, b: readonly number[]): number {
  return Math.max(...b.map((value, index) => Math.abs(value - (a[index] ?? Number.NaN))));
}

async function hashesIn(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const hashed = files.map(async ({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    return [path.relative(folder, file), createHash('sha256').update(await readFile(file)).digest('hex')] as const;
  });
  return Object.fromEntries((await Promise.all(hashed)).sort());
}

function aucOf(rows: readonly { score: number; label: number }[]): number {
  const sorted = rows.toSorted((a, b) => a.score - b.score);
  const positives = sorted.filter(({ label }) => label === 1).length;
  const ranks = sorted.reduce((sum, { label }, index) => sum + label * (index + 1), 0);
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (rows.length - positives));
}
