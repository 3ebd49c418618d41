import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { root } from '../root.ts';

/** Runs a program of ours in the foreground of this terminal; its exit code. Replaces this process where Node can, so that no wrapper stays in memory. */
export async function run(program: string, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const complete = ['--disable-warning=ExperimentalWarning', join(root, `src/main/${program}.ts`), ...args];
  const env = { ...process.env, ...environment };
  if (process.execve) process.execve(process.execPath, [process.execPath, ...complete], env);
  const child = spawn(process.execPath, complete, { env, stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT')); // a terminal's Ctrl-C reaches the child too
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
}
