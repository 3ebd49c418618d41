import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatasetRow, WalkForwardRow } from '../../src/domain/model/training.ts';
import { readDataset, readWalkForward, writeDataset, writeWalkForward } from '../../src/models/dataset.ts';
import { featureNamesOf, syntheticRows } from './synthetic.ts';

const names = featureNamesOf(3);
const metadata = { week: '2011-W36', property: 'shop' };
const rows = () => syntheticRows({ rows: 20_000, features: 3, snapshots: 5, seed: 4 });

test('a dataset is read as it was written', async () => {
  const dataset = readDataset(await writeDataset(rows(), names, metadata), names);
  assert.equal(dataset.rows, 20_000);
  [...rows()].forEach((row, index) => {
    if (index % 777 !== 0) return;
    assert.deepEqual([dataset.person[index], dataset.snapshotIndex[index], dataset.label[index]], [row.person, row.snapshotIndex, row.label]);
    assert.deepEqual(Array.from(dataset.features.subarray(index * 3, index * 3 + 3)), Array.from(row.features, Math.fround));
  });
  assert.deepEqual([...dataset.weekOf], [[0, '2011-W01'], [1, '2011-W02'], [2, '2011-W03'], [3, '2011-W04'], [4, '2011-W05']]);
  assert.deepEqual(Object.fromEntries(dataset.metadata), metadata);
});

test('equal rows give equal bytes, however they arrive', async () => {
  async function* slowly(): AsyncGenerator<DatasetRow> {
    yield* rows();
  }
  const bytes = await writeDataset(rows(), names, metadata);
  assert.deepEqual(await writeDataset(slowly(), names, { property: 'shop', week: '2011-W36' }), bytes);
});

test('a dataset without rows is a dataset', async () => {
  assert.equal(readDataset(await writeDataset([], names, metadata), names).rows, 0);
});

test('a missing column and a value that is no number are named', async () => {
  const bytes = await writeDataset([{ person: 1, snapshot: '2011-W01', snapshotIndex: 0, label: 1, features: [1, Number.NaN, 2] }], names, metadata);
  assert.throws(() => readDataset(bytes, names), { code: 'training-failed', message: /"f1" of dataset row 0 is NaN/ });
  assert.throws(() => readDataset(bytes, ['other']), { code: 'training-failed', message: /no column "other"/ });
});

test('walk-forward rows are read as they were written', async () => {
  const judged: WalkForwardRow[] = [{ person: 4, snapshot: '2011-W30', label: 1, predictions: { baseline: 0.25, dense: 0.75 } }];
  assert.deepEqual(readWalkForward(await writeWalkForward(judged, ['baseline', 'dense'])), judged);
});
