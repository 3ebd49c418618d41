import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from './find-program.ts';
import { sessionMembers } from './process-identity.ts';
import type { ProcessSpec } from './process-spec.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Launched {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Asks politely, then kills (after the patience of its spec unless said); resolves when the process and everything it started are gone. */
  stop(patienceMs?: number): Promise<void>;
}

const logLimitBytes = 10_000_000;
const startMark = '=== started ';

/**
 * Starts a process in a session of its own, so that a terminal's Ctrl-C does not reach it before its supervisor decides, and
 * so that whatever it leaves behind can be found. Its output goes straight to the log file: it outlives this process.
 */
export async function launch(options: { spec: ProcessSpec; logFile: string }): Promise<Launched> {
  const { spec } = options;
  await spec.prepare?.();
  const log = openLog(options.logFile);
  writeSync(log, `${startMark}${spec.name} at ${new Date().toISOString()}\n`);
  const { command, args } = dyingWithParent(spec);
  const child = spawn(command, args, { cwd: spec.cwd, env: { ...process.env, ...spec.env }, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new Error(`${spec.name}: ${spec.command} could not be started: ${cause.message}`, { cause })));
  });
  const pid = child.pid as number; // set once spawned
  const gone = exited.then(async (exit) => {
    killLeftovers(pid);
    return exit;
  });
  return { pid, exited: gone, stop: (patienceMs = spec.stopTimeoutMs ?? 20_000) => stop({ pid, exited: gone, spec, patienceMs }) };
}

/** Waits until `spec.ready` resolves; fails early, quoting the log, when the process ends first. The process is stopped on failure. */
export async function waitUntilReady(options: { spec: ProcessSpec; launched: Launched; logFile: string }): Promise<void> {
  const { spec, launched } = options;
  const timeoutMs = spec.readyTimeoutMs ?? 60_000;
  const deadline = performance.now() + timeoutMs;
  let exit: Exit | undefined;
  void launched.exited.then((value) => (exit = value));
  let reason = 'not asked yet';
  while (spec.ready !== undefined) {
    try {
      await spec.ready();
      break;
    } catch (error) {
      reason = (error as Error).message;
    }
    if (exit !== undefined) throw new Error(`${spec.name} ended with ${exit.code ?? exit.signal} while starting: ${lastErrorLine(options.logFile)}`);
    if (performance.now() > deadline) {
      await launched.stop();
      throw new Error(`${spec.name} was not ready after ${timeoutMs / 1000} s (${reason}); its log is ${options.logFile}`);
    }
    await delay(200);
  }
}

/** What says most about a failed start: the last line with an error in it and the one after, of what this start wrote. */
export function lastErrorLine(logFile: string): string {
  const text = readFileSync(logFile, 'utf8').slice(-100_000);
  const lines = text.slice(text.lastIndexOf(startMark)).split('\n').slice(1).filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  const at = lines.findLastIndex((line) => /\b(ERROR|FATAL|[Ee]rror|\w*Exception)\b/.test(line));
  const telling = at === -1 ? lines.slice(-1) : lines.slice(at, at + 2);
  return telling.join(' · ').slice(0, 600) || `nothing was written to ${logFile}`;
}

async function stop(options: { pid: number; exited: Promise<Exit>; spec: ProcessSpec; patienceMs: number }): Promise<void> {
  signalGroup(options.pid, options.spec.stopSignal ?? 'SIGTERM');
  const patience = new AbortController();
  const ended = await Promise.race([
    options.exited.then(() => true),
    delay(options.patienceMs, false, { signal: patience.signal }).catch(() => true),
  ]);
  patience.abort();
  if (!ended) signalGroup(options.pid, 'SIGKILL');
  await options.exited;
}

/** To the whole process group; one that is gone already is fine. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What a process started and did not take with it when it ended. */
export function killLeftovers(leader: number): void {
  for (const pid of sessionMembers(leader)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone meanwhile
    }
  }
}

/** On Linux the kernel passes the stop signal on when this process dies, even by kill -9; elsewhere the next start finds the child. */
function dyingWithParent(spec: ProcessSpec): { command: string; args: readonly string[] } {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  if (setpriv === undefined) return spec;
  const signal = (spec.stopSignal ?? 'SIGTERM').replace('SIG', '');
  return { command: setpriv, args: ['--pdeathsig', signal, '--', spec.command, ...spec.args] };
}

/** Kept to two files of at most a set size each, as measured at a start. */
function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logLimitBytes) {
    rmSync(`${file}.1`, { force: true });
    renameSync(file, `${file}.1`);
  }
  return openSync(file, 'a');
}
