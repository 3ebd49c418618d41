import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { addDays, startOfDay } from '../src/domain/calendar/day.ts';
import { cpuSecondsOf } from './measure.ts';

/** Where the stand-in's export lies. */
export interface ExportPlace {
  readonly rootUrl: string;
  readonly project: string;
  readonly dataset: string;
}

export interface BenchGoogle {
  readonly place: ExportPlace;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export function endOfDayMs(day: string): number {
  return startOfDay(addDays(day, 1), 'UTC') / 1000;
}

/** The stand-in Google server in a process of its own, with as many seeded rows a day as `days` says. */
export async function startGoogle(days: Readonly<Record<string, number>>): Promise<BenchGoogle> {
  const program = new URL('google-server.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, JSON.stringify(days)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([code]) => { throw new Error(`the stand-in Google server ended with ${String(code)}`); }),
  ])) as [string];
  return {
    place: JSON.parse(line) as ExportPlace,
    cpuSeconds: () => cpuSecondsOf(child.pid as number), // it has answered
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
