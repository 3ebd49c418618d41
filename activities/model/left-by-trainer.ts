import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FittedModel, TrainingResult } from '../../src/domain/model/training.ts';

/** What a training left in its folder, read: its result, and the files that the result names. */
export interface Left {
  readonly result: TrainingResult;
  readonly walkForward: Uint8Array;
  readonly models: readonly { readonly model: FittedModel; readonly bytes: Uint8Array }[];
}

export async function leftByTrainer(folder: string): Promise<Left> {
  const result = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')) as TrainingResult;
  const models = await Promise.all(result.models.map(async (model) => ({ model, bytes: await readFile(join(folder, model.savedModel)) })));
  return { result, models, walkForward: await readFile(join(folder, result.walkForward)) };
}
