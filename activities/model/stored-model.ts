import { Failure } from '../../src/domain/failure.ts';
import type { StoredModel } from '../../src/domain/release/release.ts';
import type { Plugs } from '../plugs.ts';

/** The model's record, or `artifact-missing` with what to do. */
export async function storedModel({ releaseStore }: Plugs, property: string, modelId: string): Promise<StoredModel> {
  const model = await releaseStore.readModel(property, modelId);
  if (model === null) throw new Failure('artifact-missing', `model ${modelId} of ${property} is not in the table "models"; train the week again: rerun from train`);
  return model;
}
