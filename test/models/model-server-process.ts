import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Network } from '../../src/models/network.ts';

/** Our model server as a process of its own, on a free port. */
export async function startModelServer(args: readonly string[]): Promise<{ address: string; process: ChildProcess; stop(): Promise<number | null> }> {
  const program = path.join(import.meta.dirname, '../../src/main/model-server.ts');
  const child = spawn(process.execPath, [program, '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of child.stdout) {
    const address = /ready at (\S+),/.exec(String(chunk))?.[1];
    if (!address) continue;
    return {
      address,
      process: child,
      async stop() {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGTERM');
          await once(child, 'exit');
        }
        return child.exitCode;
      },
    };
  }
  throw new Error('the model server ended before it was ready');
}

/** probability = sigmoid(weight · (first feature − second feature)): answers that can be checked by hand. */
export function differenceNetwork(weight = 1): Network {
  return {
    transforms: { isLogged: [false, false], mean: new Float32Array(2), inverseDeviation: Float32Array.of(1, 1) },
    layers: [{ inputs: 2, units: 1, kernel: Float32Array.of(weight, -weight), bias: Float32Array.of(0) }],
  };
}
