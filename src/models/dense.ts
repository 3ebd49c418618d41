import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { tf } from './tfjs.ts';
import type { Tensor2D } from '@tensorflow/tfjs-node';
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';
import type { Layer } from './network.ts';

const HIDDEN_UNITS = [32, 16];

interface DenseOptions {
  /** Standardised features [n, k]. */
  readonly inputs: Tensor2D;
  readonly labels: Float32Array;
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly l2: number;
}

/**
 * A small network, 32–16–1 with relu, on Adam. Start values and the order of rows come from the seed alone, so the
 * same rows give the same bits. A step costs its calls into libtensorflow, whatever the batch: batches below 1,024 rows
 * only cost time. Adam itself runs on our side, where some 1,500 weights cost nothing; tfjs's would be 70 calls a step.
 */
export function fitDense({ inputs, labels, seed, epochs, batchSize, learningRate, l2 }: DenseOptions): Layer[] {
  const random = xoroshiro128plus(seed);
  const sizes = [...HIDDEN_UNITS, 1];
  const layers = sizes.map((units, index) => startLayer(random, sizes[index - 1] ?? inputs.shape[1], units));
  const adam = adamOver(layers.flatMap(({ kernel, bias }) => [kernel, bias]), learningRate);
  const order = Int32Array.from(labels.keys());
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    for (let from = 0; from < order.length; from += batchSize) {
      adam.step(gradientsOf({ layers, inputs, labels, rows: order.slice(from, from + batchSize), l2 }));
    }
  }
  return layers;
}

/**
 * Gradients of the mean log-loss with its penalty, in the order kernel, bias, kernel, … Back-propagation is written out:
 * tfjs's own takes 79 calls into libtensorflow a step where 30 do, and the calls are what a step costs.
 */
function gradientsOf(options: { layers: readonly Layer[]; inputs: Tensor2D; labels: Float32Array; rows: Int32Array; l2: number }): Float32Array[] {
  const { layers, rows, l2 } = options;
  return tf.tidy(() => {
    const targets = tf.tensor2d(Float32Array.from(rows, (row) => options.labels[row]!), [rows.length, 1]); // rows are of the labels
    const kernels = layers.map(({ inputs, units, kernel }) => tf.tensor2d(kernel, [inputs, units]));
    const values = forward(tf.gather(options.inputs, rows), layers, kernels);

    const gradients: Float32Array[] = [];
    let error = tf.div(tf.sub(tf.sigmoid(values.at(-1)!), targets), rows.length) as Tensor2D; // there is a last layer
    for (let index = layers.length - 1; index >= 0; index--) {
      const [layer, kernel, input] = [layers[index]!, kernels[index]!, values[index]!]; // one of each a layer
      const slopes = tf.matMul(input, error, true, false).dataSync() as Float32Array;
      gradients.unshift(slopes.map((slope, at) => slope + 2 * l2 * layer.kernel[at]!), tf.sum(error, 0).dataSync() as Float32Array);
      if (index > 0) error = tf.mul(tf.matMul(error, kernel, false, true), tf.cast(tf.greater(input, 0), 'float32'));
    }
    return gradients;
  });
}

/** The input of every layer, and after them the logits. */
function forward(batch: Tensor2D, layers: readonly Layer[], kernels: readonly Tensor2D[]): Tensor2D[] {
  const values = [batch];
  layers.forEach(({ bias }, index) => {
    const outputs = tf.add(tf.matMul(values[index]!, kernels[index]!), tf.tensor1d(bias)) as Tensor2D; // one of each a layer
    values.push(index < layers.length - 1 ? tf.relu(outputs) : outputs);
  });
  return values;
}

/** Adam with its usual constants (Kingma & Ba 2015), changing the weights in place. */
function adamOver(weights: readonly Float32Array[], learningRate: number): { step(gradients: readonly Float32Array[]): void } {
  const [decay1, decay2, epsilon] = [0.9, 0.999, 1e-7];
  const first = weights.map(({ length }) => new Float64Array(length));
  const second = weights.map(({ length }) => new Float64Array(length));
  let [power1, power2] = [1, 1];
  return {
    step(gradients) {
      power1 *= decay1;
      power2 *= decay2;
      gradients.forEach((gradient, index) => {
        const [weight, mean, square] = [weights[index]!, first[index]!, second[index]!]; // one of each a gradient
        for (let i = 0; i < gradient.length; i++) {
          mean[i] = decay1 * mean[i]! + (1 - decay1) * gradient[i]!;
          square[i] = decay2 * square[i]! + (1 - decay2) * gradient[i]! ** 2;
          weight[i]! -= (learningRate * (mean[i]! / (1 - power1))) / (Math.sqrt(square[i]! / (1 - power2)) + epsilon);
        }
      });
    },
  };
}

/** Uniform within ± √(6 / (inputs + units)) (Glorot & Bengio 2010), bias 0. */
function startLayer(random: JumpableRandomGenerator, inputs: number, units: number): Layer {
  const limit = Math.sqrt(6 / (inputs + units));
  const kernel = Float32Array.from({ length: inputs * units }, () => (uniformFloat64(random) * 2 - 1) * limit);
  return { inputs, units, kernel, bias: new Float32Array(units) };
}

/** Fisher and Yates, in place. */
function shuffle(order: Int32Array, random: JumpableRandomGenerator): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
}
