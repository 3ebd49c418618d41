import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../src/main/root.ts';
import { processesOf } from '../processes.ts';
import { eventually } from '../stack.ts';

const STARTED = 'Ctrl-C stops everything and loses nothing';
const PROCESSES = ['cassandra', 'endpoint', 'model-server', 'temporal', 'worker'] as const;

/** What `npm start` runs, as a process of its own; killed, it is started again by whoever asked for it. */
export interface Tree {
  readonly pid: number;
  readonly process: ChildProcess;
  /** SIGTERM, as Ctrl-C; resolves when it has ended. */
  stop(): Promise<void>;
}

/** Starts the program behind `npm start` and waits until it says that everything runs. */
export async function startTree({ home, env }: { home: string; env: Readonly<Record<string, string>> }): Promise<Tree> {
  const logFile = join(home, 'logs', 'start.log');
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'scripts/bootstrap.mjs'), 'start', '--no-demo'], { cwd: root, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', log, log] });
  await eventually(async () => {
    const said = readFileSync(logFile, 'utf8');
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`npm start ended with ${child.exitCode ?? child.signalCode}: ${said}`);
    return said.includes(STARTED);
  }, 240_000, 'npm start');
  return {
    pid: child.pid!, // it has answered
    process: child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Pids of the five processes under the tree, by name; a name is missing while its process is away. */
export function pidsOf(home: string): Readonly<Record<string, number>> {
  return Object.fromEntries(PROCESSES.flatMap((name) => {
    try {
      return [[name, (JSON.parse(readFileSync(join(home, 'run', `${name}.pid`), 'utf8')) as { pid: number }).pid]];
    } catch {
      return [];
    }
  }));
}

/** Those that are neither the tree nor one of its five: left by somebody who died. */
export function orphansOf(home: string, tree: Tree): { pid: number; command: string }[] {
  const known = new Set([tree.pid, ...Object.values(pidsOf(home))]);
  return processesOf(home).filter(({ pid }) => !known.has(pid));
}
