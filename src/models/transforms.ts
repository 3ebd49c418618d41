import type { FeatureTransform } from '../domain/model/training.ts';
import { tf } from './tfjs.ts';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-node';

/** What turns raw features into what a network sees; fitted once on training rows and kept in the model. */
export interface Transforms {
  readonly isLogged: readonly boolean[];
  readonly mean: Float32Array;
  /** 1 / deviation; 0 for a feature that the model ignores, or that never varied in training. */
  readonly inverseDeviation: Float32Array;
}

/** Standardised values beyond ± this many deviations are clipped, so that one odd person cannot bend a model. */
export const CLIP_DEVIATIONS = 5;

/** Fits mean and deviation of the chosen features; `logged` are all rows after the logarithm, `rows` the training rows. */
export function fitTransforms(options: { logged: Float32Array; isLogged: readonly boolean[]; rows: Int32Array; features: readonly number[] }): Transforms {
  const { logged, isLogged, rows, features } = options;
  const width = isLogged.length;
  const mean = new Float32Array(width);
  const inverseDeviation = new Float32Array(width);
  for (const feature of features) {
    let sum = 0;
    for (const row of rows) sum += logged[row * width + feature]!; // row × width is inside, here and below
    const centre = sum / rows.length;
    let squares = 0;
    for (const row of rows) squares += (logged[row * width + feature]! - centre) ** 2;
    const deviation = Math.sqrt(squares / rows.length);
    mean[feature] = centre;
    inverseDeviation[feature] = deviation > 1e-9 * Math.max(1, Math.abs(centre)) ? 1 / deviation : 0;
  }
  return { isLogged, mean, inverseDeviation };
}

export function isLoggedOf(featureNames: readonly string[], transforms: Readonly<Record<string, FeatureTransform>>): boolean[] {
  return featureNames.map((name) => transforms[name] === 'log1p');
}

/** sign(x) · log(1 + |x|) on the chosen columns, the others unchanged. */
export function logFeatures(raw: Tensor2D, isLogged: readonly boolean[]): Tensor2D {
  return tf.tidy(() => {
    const chosen = tf.tensor1d([...isLogged], 'bool');
    return tf.where(chosen, tf.mul(tf.sign(raw), tf.log1p(tf.abs(raw))), raw) as Tensor2D;
  });
}

/** Logged features → clip((x − mean) · inverseDeviation). */
export function standardise(logged: Tensor2D, transforms: Pick<Transforms, 'mean' | 'inverseDeviation'>): Tensor2D {
  return tf.tidy(() => {
    const mean: Tensor1D = tf.tensor1d(transforms.mean);
    const scaled = tf.mul(tf.sub(logged, mean), tf.tensor1d(transforms.inverseDeviation));
    return tf.clipByValue(scaled, -CLIP_DEVIATIONS, CLIP_DEVIATIONS) as Tensor2D;
  });
}
