import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT_CODES, endingOf, type Exit } from './exit-codes.ts';
import type { Command } from 'commander';
import type { Config } from '../../config.ts';
import type { Almanac } from '../../client.ts';
import type { Stores, connectTemporal } from '../connect.ts';

export type Temporal = Awaited<ReturnType<typeof connectTemporal>>;

/** What a command has to work with. Everything heavy is imported and connected at its first use and closed at the end. */
export interface Cli {
  readonly isJson: boolean;
  /** The file that --config names. */
  readonly configFile: string | undefined;
  config(): Promise<Config>;
  stores(): Promise<Stores>;
  temporal(): Promise<Temporal>;
  /** The SDK; `needsStores` for cohorts by list and for scores. */
  almanac(options?: { needsStores: boolean }): Promise<Almanac>;
  /** Aborted by Ctrl-C; from its first use on Ctrl-C no longer ends the process by itself. */
  interrupted(): AbortSignal;
  /** The result: one JSON document with --json, else its text. */
  result(value: unknown, text: string): void;
  /** A line for people while the command works; nothing with --json. */
  say(line: string): void;
  /** Advice and warnings: to stderr, whatever the output. */
  remark(line: string): void;
}

/** A command's action: runs `work`, closes what was opened, and ends with the exit code of what came out. */
export function action<Options, Arguments extends unknown[]>(work: (cli: Cli, options: Options, ...args: Arguments) => Promise<Exit | void>): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals() as Options & { json?: boolean; config?: string };
    const { cli, hasInterrupted, close } = open(options);
    try {
      process.exitCode = EXIT_CODES[(await work(cli, options, ...(given.slice(0, -2) as Arguments))) ?? 'ok'][0];
    } catch (error) {
      // A question that Ctrl-C has cut off is no failure.
      const { exit, sentence } = hasInterrupted() ? { exit: 'interrupted' as const, sentence: EXIT_CODES.interrupted[1] } : endingOf(error);
      process.exitCode = EXIT_CODES[exit][0];
      process.stderr.write(`${process.env.ALMANAC_DEBUG && error instanceof Error ? inspectable(error) : sentence}\n`);
    } finally {
      await close();
    }
  };
}

function open({ json = false, config: configFile }: { json?: boolean; config?: string }): { cli: Cli; hasInterrupted(): boolean; close(): Promise<void> } {
  const closers: (() => Promise<void>)[] = [];
  const config = lazy(async () => (await import('../../config.ts')).readConfig(process.env, configFile));
  const stores = lazy(async () => {
    const opened = await (await import('../connect.ts')).connectStores(await config());
    closers.push(() => opened.dispose());
    return opened;
  });
  const temporal = lazy(async () => {
    const opened = await (await import('../connect.ts')).connectTemporal(await config());
    closers.push(() => opened.dispose());
    return opened;
  });
  const interrupt = new AbortController();
  let isListening = false;
  const cli: Cli = {
    isJson: json, configFile, config, stores, temporal,
    async almanac({ needsStores } = { needsStores: false }) {
      const { createAlmanac } = await import('../../client.ts');
      const { client } = await temporal();
      const taskQueue = (await config()).temporal.taskQueue;
      if (!needsStores) return createAlmanac({ client, taskQueue });
      const { artifacts, peopleStore } = await stores();
      return createAlmanac({ client, taskQueue, artifacts, peopleStore });
    },
    interrupted() {
      if (!isListening) process.on('SIGINT', () => interrupt.abort());
      isListening = true;
      return interrupt.signal;
    },
    result: (value, text) => void process.stdout.write(json ? `${JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0)}\n` : text === '' ? '' : `${text}\n`),
    say: (line) => void (json || process.stdout.write(`${line}\n`)),
    remark: (line) => void process.stderr.write(`${line}\n`),
  };
  return { cli, hasInterrupted: () => interrupt.signal.aborted, close: async () => void (await Promise.all(closers.map((closer) => closer().catch(() => undefined)))) };
}

/** Asks Temporal something that a worker answers, for at most `ms`; Ctrl-C cuts it off. */
export async function asked<T>(cli: Cli, ms: number, ask: () => Promise<T>): Promise<T> {
  const { client } = await cli.temporal();
  return client.withDeadline(Date.now() + ms, () => client.withAbortSignal(cli.interrupted(), ask));
}

/** Waits `ms`, or until the signal; true when the time has passed. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  // Not `AbortSignal.timeout`: its timer does not keep the process alive.
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return !signal.aborted;
}

/** What `work` gives, or null as soon as the person interrupts. */
export function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return Promise.race([work, new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))]);
}

/** Who takes a decision, unless it is said: the name of the user of this machine. */
export function whoAmI(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER || 'unknown';
  }
}

function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function inspectable(error: Error): string {
  return error.cause instanceof Error ? `${error.stack}\ncaused by ${inspectable(error.cause)}` : String(error.stack);
}
