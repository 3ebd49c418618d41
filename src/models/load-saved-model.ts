import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { tf } from './tfjs.ts';
import { dataType, decodeSignature } from './tensorflow-messages.ts';
import type { Tensor } from '@tensorflow/tfjs-node';

/** A SavedModel in memory: one float32 input [n, width], one float32 output [n, 1]. */
export interface LoadedModel {
  readonly inputName: string;
  readonly outputName: string;
  /** Features a row. */
  readonly width: number;
  /** One value a row, in order; `rows` is count × width values, row by row. */
  predict(rows: Float32Array, count: number): Float32Array;
  dispose(): void;
}

/** Loads `saved_model.pb` of the folder into libtensorflow. Fails when its signature is not one matrix in, one out. */
export async function loadSavedModel(folder: string): Promise<LoadedModel> {
  const { inputs, outputs } = decodeSignature(await readFile(path.join(folder, 'saved_model.pb')));
  const [[inputName, input] = [], ...otherInputs] = Object.entries(inputs);
  const [outputName, ...otherOutputs] = Object.keys(outputs);
  const width = input?.tensor_shape.dim[1]?.size ?? 0;
  if (!inputName || !outputName || otherInputs.length > 0 || otherOutputs.length > 0 || input?.dtype !== dataType.float || width < 1) {
    throw new TypeError(`the model in ${folder} has inputs ${Object.keys(inputs).join()} and outputs ${Object.keys(outputs).join()}; expected one float matrix each`);
  }
  const model = await tf.node.loadSavedModel(folder, ['serve'], 'serving_default');
  return {
    inputName,
    outputName,
    width,
    predict: (rows, count) =>
      tf.tidy(() => {
        const answers = model.predict({ [inputName]: tf.tensor2d(rows, [count, width]) }) as Record<string, Tensor>;
        return answers[outputName]!.dataSync() as Float32Array; // the signature names it
      }),
    dispose: () => void model.dispose(),
  };
}
