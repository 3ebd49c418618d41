import type { DatasetRow, WalkForwardRow } from '../domain/model/training.ts';

/** SOCKET: the files between the steps and the trainer. Equal rows give equal bytes. */
export interface DatasetFormat {
  /** The dataset of a training job; see `TrainingJob.dataset` for its columns. */
  writeDataset(rows: Iterable<DatasetRow> | AsyncIterable<DatasetRow>, featureNames: readonly string[], metadata: Readonly<Record<string, string>>): Promise<Uint8Array>;
  readWalkForward(bytes: Uint8Array): readonly WalkForwardRow[];
}
