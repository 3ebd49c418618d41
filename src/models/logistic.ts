import { Matrix, solve } from 'ml-matrix';
import { tf } from './tfjs.ts';
import type { Tensor2D } from '@tensorflow/tfjs-node';
import type { Layer } from './network.ts';

const MAXIMUM_ITERATIONS = 30;
/** Of the largest change of a weight; float32 sums over some 10⁴ rows cannot do much better. */
const TOLERANCE = 1e-5;

/**
 * L2 logistic regression by Newton's method on all rows at once (iteratively reweighted least squares; Hastie,
 * Tibshirani & Friedman, The Elements of Statistical Learning, 4.4.1). `inputs`: standardised features [n, k].
 * The intercept is not penalised. Deterministic.
 */
export function fitLogistic(options: { inputs: Tensor2D; labels: Float32Array; l2: number }): Layer[] {
  const { inputs, labels, l2 } = options;
  const width = inputs.shape[1];
  const weights = tf.tidy(() => {
    const design = tf.concat([inputs, tf.ones([inputs.shape[0], 1])], 1) as Tensor2D;
    const targets = tf.tensor2d(labels, [labels.length, 1]);
    return newton(design, targets, l2);
  });
  return [{ inputs: width, units: 1, kernel: Float32Array.from(weights.slice(0, width)), bias: Float32Array.of(weights[width] ?? 0) }];
}

function newton(design: Tensor2D, targets: Tensor2D, l2: number): number[] {
  const size = design.shape[1];
  let best = Array.from({ length: size }, () => 0);
  let at = measure(design, targets, best, l2);
  for (let iteration = 0; iteration < MAXIMUM_ITERATIONS; iteration++) {
    const step = solve(at.hessian, at.gradient).to1DArray();
    const next = takeStep({ design, targets, l2, from: best, loss: at.loss, step });
    if (!next) break;
    const change = Math.max(...next.weights.map((weight, index) => Math.abs(weight - best[index]!)));
    best = next.weights;
    at = next.at;
    if (change < TOLERANCE) break;
  }
  return best;
}

/** The longest halved step that lowers the loss; undefined when none does. */
function takeStep(options: { design: Tensor2D; targets: Tensor2D; l2: number; from: readonly number[]; loss: number; step: readonly number[] }) {
  for (let fraction = 1; fraction > 1e-3; fraction /= 2) {
    const weights = options.from.map((weight, index) => weight - fraction * options.step[index]!);
    const at = measure(options.design, options.targets, weights, options.l2);
    if (at.loss < options.loss) return { weights, at };
  }
  return undefined;
}

/** Penalised loss, its gradient and its Hessian at the weights (intercept last). */
function measure(design: Tensor2D, targets: Tensor2D, weights: readonly number[], l2: number): { loss: number; gradient: Matrix; hessian: Matrix } {
  const size = weights.length;
  const [losses, gradient, hessian] = tf.tidy(() => {
    const logits = tf.matMul(design, tf.tensor2d([...weights], [size, 1]));
    const probabilities = tf.sigmoid(logits);
    const loss = tf.sum(tf.sub(tf.softplus(logits), tf.mul(logits, targets)));
    const slopes = tf.matMul(design, tf.sub(probabilities, targets), true, false);
    const curvature = tf.matMul(design, tf.mul(design, tf.mul(probabilities, tf.sub(1, probabilities))), true, false);
    return [loss.dataSync(), slopes.dataSync(), curvature.dataSync()] as const;
  });
  const penalised = weights.map((weight, index) => (index < size - 1 ? weight : 0));
  const curvature = new Matrix(Array.from({ length: size }, (_, row) => Array.from(hessian.subarray(row * size, (row + 1) * size))));
  // The tiny addition keeps the matrix invertible for a feature without variance when l2 is 0.
  for (let index = 0; index < size; index++) curvature.set(index, index, curvature.get(index, index) + (index < size - 1 ? l2 : 0) + 1e-6);
  return {
    loss: losses[0]! + (l2 / 2) * penalised.reduce((sum, weight) => sum + weight * weight, 0),
    gradient: Matrix.columnVector(penalised.map((weight, index) => gradient[index]! + l2 * weight)),
    hessian: curvature,
  };
}
