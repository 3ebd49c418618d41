import type { ArtifactRef } from './artifact-store.ts';

/** Which model answers: TensorFlow Serving's name and numeric version. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
}

/** SOCKET: a model server that speaks TensorFlow Serving's REST. */
export interface ModelService {
  /** Puts the SavedModel where the server looks, under name and version (idempotent; a version is never overwritten) and waits until it is AVAILABLE. */
  deploy(model: ServedModel, savedModel: ArtifactRef): Promise<void>;
  /** One probability a row, in order. At most 1,000 rows a call; each row has the model's feature count. */
  predict(model: ServedModel, rows: readonly (readonly number[])[], signal?: AbortSignal): Promise<Float64Array>;
}
