import { tf } from './tfjs.ts';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node';

/** A SavedModel in memory: one float32 input [n, width], one output with one value a row. */
export interface LoadedModel {
  readonly inputName: string;
  readonly outputName: string;
  /** Features a row. */
  readonly width: number;
  /** One value a row, in order; `rows` is count × width values, row by row. */
  predict(rows: Float32Array, count: number): Float32Array;
  dispose(): void;
}

/** Loads `saved_model.pb` of the folder into libtensorflow. Fails when the signature is not the one we write. */
export async function loadSavedModel(folder: string): Promise<LoadedModel> {
  const model = await tf.node.loadSavedModel(folder, ['serve'], 'serving_default');
  // The signature is a private member of tfjs-node's class; its public `inputs` has the same data without the keys in TF 2.13.
  const { signature } = model as unknown as { signature: { inputs: Record<string, { shape: { array: number[] } | number[] }>; outputs: Record<string, unknown> } };
  const [input, ...otherInputs] = Object.entries(signature.inputs);
  const [outputName, ...otherOutputs] = Object.keys(signature.outputs);
  const shape = input?.[1].shape;
  const width = (Array.isArray(shape) ? shape : shape?.array)?.[1];
  if (!input || !outputName || otherInputs.length > 0 || otherOutputs.length > 0 || !width) {
    model.dispose();
    throw new Error(`the model in ${folder} has inputs ${Object.keys(signature.inputs).join()} and outputs ${Object.keys(signature.outputs).join()}; expected one matrix each`);
  }
  const inputName = input[0];
  return {
    inputName,
    outputName,
    width,
    predict: (rows, count) =>
      tf.tidy(() => {
        const features: Tensor2D = tf.tensor2d(rows, [count, width]);
        const outputs = model.predict({ [inputName]: features }) as Record<string, Tensor>;
        return outputs[outputName]!.dataSync() as Float32Array; // the signature names it
      }),
    dispose: () => void model.dispose(),
  };
}
