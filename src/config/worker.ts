import { Type } from 'typebox';
import { closed, port } from './fragments.ts';

/** Queues of steps and sequences that a worker may take work from. Waiting for other sequences comes with `sequences`. */
export const workerQueues = ['sequences', 'compute', 'publish', 'tables'] as const;

export const WorkerSchema = Type.Object({
  metricsHost: Type.String({ default: '127.0.0.1' }),
  metricsPort: port(8602),
  /** What this worker does; several workers may share the work. Training runs where `compute` is. */
  queues: Type.Array(Type.Enum([...workerQueues]), { default: [...workerQueues], minItems: 1, uniqueItems: true }),
  /** Rows a chunk of ingest writes between two heartbeats. */
  chunkRows: Type.Integer({ minimum: 100, maximum: 50_000, default: 5000 }),
  daysAtOnce: Type.Integer({ minimum: 1, maximum: 64, default: 4 }),
  shardsAtOnce: Type.Integer({ minimum: 1, maximum: 64, default: 2 }),
}, { ...closed, default: {} });
