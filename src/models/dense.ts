import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { tf } from './tfjs.ts';
import type { Scalar, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-node';
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';
import type { Layer } from './network.ts';

const HIDDEN_UNITS = [32, 16];

/**
 * A small network, 32–16–1 with relu, on Adam. Start values and the order of rows come from the seed alone, so the
 * same rows give the same bits. `inputs`: standardised features [n, k]. One step costs 2–3 ms whatever the batch, so
 * batches below 1,024 rows only cost time.
 */
export function fitDense(options: { inputs: Tensor2D; labels: Float32Array; seed: number; epochs: number; batchSize: number; learningRate: number; l2: number }): Layer[] {
  const { inputs, labels, epochs } = options;
  const random = xoroshiro128plus(options.seed);
  const sizes = [inputs.shape[1], ...HIDDEN_UNITS, 1];
  const layers = HIDDEN_UNITS.concat(1).map((units, index) => startLayer(random, sizes[index]!, units));
  const targets = tf.tensor2d(labels, [labels.length, 1]);
  const optimizer = tf.train.adam(options.learningRate);
  try {
    const order = Int32Array.from(labels.keys());
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle(order, random);
      trainEpoch({ layers, inputs, targets, order, optimizer, batchSize: options.batchSize, l2: options.l2 });
    }
    return layers.map(({ kernel, bias }) => ({ inputs: kernel.shape[0], units: kernel.shape[1], kernel: kernel.dataSync().slice() as Float32Array, bias: bias.dataSync().slice() as Float32Array }));
  } finally {
    optimizer.dispose(); // its moments are tensors of their own
    targets.dispose();
    for (const { kernel, bias } of layers) tf.dispose([kernel, bias]);
  }
}

interface TrainableLayer {
  readonly kernel: Variable & Tensor2D;
  readonly bias: Variable & Tensor1D;
}

interface Epoch {
  readonly layers: readonly TrainableLayer[];
  readonly inputs: Tensor2D;
  readonly targets: Tensor2D;
  readonly order: Int32Array;
  readonly optimizer: ReturnType<typeof tf.train.adam>;
  readonly batchSize: number;
  readonly l2: number;
}

function trainEpoch({ layers, inputs, targets, order, optimizer, batchSize, l2 }: Epoch): void {
  const variables = layers.flatMap(({ kernel, bias }) => [kernel, bias]);
  for (let from = 0; from < order.length; from += batchSize) {
    tf.tidy(() => {
      const rows = tf.tensor1d(order.subarray(from, from + batchSize), 'int32');
      const [batch, expected] = [tf.gather(inputs, rows), tf.gather(targets, rows)];
      optimizer.minimize(() => lossOf(layers, batch, expected, l2), false, variables);
    });
  }
}

function lossOf(layers: readonly TrainableLayer[], batch: Tensor2D, expected: Tensor2D, l2: number): Scalar {
  let values = batch;
  layers.forEach(({ kernel, bias }, index) => {
    const outputs = tf.add(tf.matMul(values, kernel), bias) as Tensor2D;
    values = index < layers.length - 1 ? tf.relu(outputs) : outputs;
  });
  const loss = tf.mean(tf.sub(tf.softplus(values), tf.mul(values, expected)));
  const penalty = tf.addN(layers.map(({ kernel }) => tf.sum(tf.square(kernel))));
  return tf.add(loss, tf.mul(penalty, l2)) as Scalar;
}

/** Uniform within ± √(6 / (inputs + units)) (Glorot & Bengio 2010), bias 0. */
function startLayer(random: JumpableRandomGenerator, inputs: number, units: number): TrainableLayer {
  const limit = Math.sqrt(6 / (inputs + units));
  const kernel = Float32Array.from({ length: inputs * units }, () => (uniformFloat64(random) * 2 - 1) * limit);
  return tf.tidy(() => ({
    kernel: tf.variable(tf.tensor2d(kernel, [inputs, units])) as Variable & Tensor2D,
    bias: tf.variable(tf.zeros([units])) as Variable & Tensor1D,
  }));
}

/** Fisher and Yates, in place. */
function shuffle(order: Int32Array, random: JumpableRandomGenerator): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
}
