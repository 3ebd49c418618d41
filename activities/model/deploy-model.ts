import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { Failure } from '../../src/domain/failure.ts';
import type { Plugs } from '../plugs.ts';
import { storedModel } from './stored-model.ts';

/** What the server answers must agree with what the trainer computed to this. */
const PARITY_LIMIT = 1e-6;

/** Puts the model on the server and proves that it answers as the trainer did, before anything is written. */
export const deployModel = (plugs: Plugs) =>
  async ({ property, modelId }: { property: string; modelId: string }): Promise<{ parity: number }> => {
    const model = await storedModel(plugs, property, modelId);
    const served = { name: property, version: model.servedVersion };
    await plugs.modelService.deploy(served, model.savedModel);
    heartbeat();
    const known = JSON.parse(Buffer.from(await plugs.artifacts.get(model.parity)).toString('utf8')) as { rows: number[][]; probabilities: number[] };
    const answered = await plugs.modelService.predict(served, known.rows, cancellationSignal());
    const parity = known.probabilities.reduce((worst, probability, row) => Math.max(worst, Math.abs(probability - answered[row]!)), 0); // one answer a row
    if (!(parity < PARITY_LIMIT)) throw new Failure('parity', `the model server's answers differ from the trainer's by ${parity.toExponential(1)} (limit ${PARITY_LIMIT}): model ${modelId} of ${property} is not used. Check that the server runs the model's libtensorflow.`);
    return { parity };
  };
