import { createRequire } from 'node:module';
import util from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs-node';

// libtensorflow greets on stderr at every load; only its errors are kept.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
// Our operations are small: sharing one out among threads costs more than it brings (7.4 ms CPU a training step, 4.9 without).
process.env.TF_NUM_INTRAOP_THREADS ??= '1';

// tfjs-node 4.22.0, the last release, still calls two functions that Node 23 removed.
const removed = { isArray: Array.isArray, isNullOrUndefined: (value: unknown) => value === null || value === undefined };
for (const [name, value] of Object.entries(removed)) if (!(name in util)) Object.assign(util, { [name]: value });

/** TensorFlow on the native library. Required rather than imported: an import would be evaluated before the lines above. */
export const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node') as typeof TensorFlow;
