import { readLeft } from '../left-by-job.ts';
import type { FittedModel, TrainingResult } from '../../src/domain/model/training.ts';

/** What a training left in its folder, read: its result, and the files that the result names. */
export interface Left {
  readonly result: TrainingResult;
  readonly walkForward: Uint8Array;
  readonly models: readonly { readonly model: FittedModel; readonly bytes: Uint8Array }[];
}

export async function leftByTrainer(folder: string): Promise<Left> {
  const result = JSON.parse((await readLeft(folder, 'result.json')).toString()) as TrainingResult;
  const models: Left['models'][number][] = [];
  for (const model of result.models) models.push({ model, bytes: await readLeft(folder, model.savedModel) });
  return { result, models, walkForward: await readLeft(folder, result.walkForward) };
}
