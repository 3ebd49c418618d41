import { createHash } from 'node:crypto';
import type { Calibration } from '../domain/model/calibration.ts';
import { tf } from './tfjs.ts';
import { logFeatures, standardise, type Transforms } from './transforms.ts';
import type { Tensor2D } from '@tensorflow/tfjs-node';

/** A dense layer: outputs = inputs · kernel + bias; relu between layers, none after the last. */
export interface Layer {
  readonly inputs: number;
  readonly units: number;
  /** inputs × units, row by row. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** A fitted model as constants: raw features → transforms → layers → logit of churn. */
export interface Network {
  readonly transforms: Transforms;
  readonly layers: readonly Layer[];
}

/** Logits of `count` rows of raw features, in the float32 operations that the SavedModel also uses. */
export function predictLogits(network: Network, raw: Float32Array, count: number): Float32Array {
  return tf.tidy(() => logitsOf(network, raw, count).dataSync() as Float32Array);
}

/** Calibrated probabilities, as the SavedModel answers them. */
export function predictProbabilities(network: Network, calibration: Calibration, raw: Float32Array, count: number): Float32Array {
  return tf.tidy(() => {
    const calibrated = tf.add(tf.mul(logitsOf(network, raw, count), tf.scalar(calibration.slope)), tf.scalar(calibration.intercept));
    return tf.sigmoid(calibrated).dataSync() as Float32Array;
  });
}

/** Puts a first layer over the chosen features into a layer over all of them, with zero weight for the others. */
export function widen(layer: Layer, features: readonly number[], width: number): Layer {
  const kernel = new Float32Array(width * layer.units);
  features.forEach((feature, index) => kernel.set(layer.kernel.subarray(index * layer.units, (index + 1) * layer.units), feature * layer.units));
  return { ...layer, inputs: width, kernel };
}

/** SHA-256 of every constant in order, little-endian float32. */
export function hashNetwork({ transforms, layers }: Network, { slope, intercept }: Calibration): string {
  const hash = createHash('sha256');
  const constants = [transforms.mean, transforms.inverseDeviation, ...layers.flatMap(({ kernel, bias }) => [kernel, bias]), Float32Array.of(slope, intercept)];
  for (const values of constants) hash.update(littleEndian(values));
  return hash.digest('hex');
}

export function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return bytes;
}

function logitsOf({ transforms, layers }: Network, raw: Float32Array, count: number): Tensor2D {
  const inputs = tf.tensor2d(raw, [count, transforms.mean.length]);
  let values = standardise(logFeatures(inputs, transforms.isLogged), transforms);
  layers.forEach((layer, index) => {
    const kernel = tf.tensor2d(layer.kernel, [layer.inputs, layer.units]);
    const outputs = tf.add(tf.matMul(values, kernel), tf.tensor1d(layer.bias)) as Tensor2D;
    values = index < layers.length - 1 ? tf.relu(outputs) : outputs;
  });
  return values;
}
