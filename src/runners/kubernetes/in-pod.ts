import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import { childProcessRunner, type ChildProcessOptions } from '../child-process.ts';
import { fetchInputs, keepOutputs } from './transfer.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { LastWord, PodOrder } from './order.ts';

export interface InPod {
  readonly order: PodOrder;
  /** Connects to the bucket of the order. */
  readonly connect: () => Promise<ArtifactStore>;
  readonly programs: ChildProcessOptions['programs'];
  /** Empty, and the pod's own. */
  readonly folder: string;
  /** A line of the program, as it comes. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The other end of the runner: fetches what the order names, runs the program as a child process with the limits of the order,
 * keeps what it left as artifacts. The child sees neither the bucket nor its key. Never fails: what went wrong is the word.
 */
export async function carryOut({ order, connect, programs, folder, say, signal }: InPod): Promise<LastWord> {
  const work = path.join(folder, 'work');
  try {
    const artifacts = await connect();
    const runner = childProcessRunner({ programs, recordFolder: path.join(folder, 'running'), echo: say });
    const { exitCode, reason, cpuSeconds, peakMemoryMb } = await runner.run({ ...order.job, folder: work, inputs: Object.keys(order.inputs) }, {
      signal, onBeat: () => undefined, prepare: () => fetchInputs(artifacts, order.inputs, work),
    });
    const outcome = { exitCode, reason, cpuSeconds, peakMemoryMb };
    return reason === 'finished' ? { outcome, result: await patiently(() => keepOutputs(artifacts, work, order.inputs), signal) } : { outcome };
  } catch (cause) {
    const failure = cause instanceof Failure ? cause : new Failure('runner-unavailable', `job ${order.job.id} could not be done in its pod: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`, { isFinal: false });
    return { failure: { code: failure.code, message: failure.message, isFinal: failure.isFinal } };
  }
}

const PATIENCE_MS = 50_000;
const PAUSE_MS = 2000;

/** The work is done and only its result is not kept yet: worth some tries, within what the cluster gives beyond the limit of time. */
async function patiently<T>(keep: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(PAUSE_MS, undefined, { signal })) {
    try {
      return await keep();
    } catch (error) {
      if (!(error instanceof Failure) || error.isFinal || Date.now() > deadline) throw error;
    }
  }
}
