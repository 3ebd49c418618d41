import { join } from 'node:path';
import { root } from '../../src/main/root.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import type { TestStack } from '../stack.ts';

/** A further worker process of the stack, under its supervisor; it ends with the stack. */
export async function startWorker({ supervisor, env }: Pick<TestStack, 'supervisor' | 'env'>, name: string): Promise<void> {
  const port = (await freePorts({ count: 1 }))[0]!; // one was asked for
  await supervisor.start({
    name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', join(root, 'src/main/worker.ts')],
    env: { ...env, ALMANAC_METRICS_PORT: String(port) }, readyTimeoutMs: 120_000,
    ready: async () => {
      const { ok, status } = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) });
      if (!ok) throw new Error(`${name} answered ${status}`);
    },
  });
}
