import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

/** One line of the table. */
export interface Figure {
  readonly bench: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly aim?: { readonly atLeast: number } | { readonly atMost: number };
  /** User and system seconds of the processes measured, Cassandra's own apart. */
  readonly cpuSeconds?: number;
  readonly cassandraCpuSeconds?: number;
  readonly peakMiB?: number;
  readonly note?: string;
}

/** What a program of the bench says of itself when it ends: the last line of its output. */
export interface SelfMeasured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** Runs `work` and prints wall seconds, CPU seconds of it and the peak memory of this whole process as JSON. */
export async function measureSelf<T extends object>(work: () => Promise<T>): Promise<void> {
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  process.stdout.write(`${JSON.stringify({ ...result, seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6, peakMiB: process.resourceUsage().maxRSS / 1024 })}\n`);
}

/** Runs another program of the bench to its end and returns what it measured. */
export async function runMeasured<T extends SelfMeasured>(program: string, options: object): Promise<T> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', new URL(program, import.meta.url).pathname, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as T;
}

/** User and system CPU seconds of a process and its finished children so far; Linux counts in ticks of 10 ms (proc(5), fields 14 to 17). */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return [11, 12, 13, 14].reduce((ticks, at) => ticks + Number(fields[at]), 0) / 100;
}

/** The most memory a process has had resident. */
export function peakMiBOf(pid: number): number {
  return memoryOf(pid, 'status', 'VmHWM') / 1024;
}

/** The memory that a process has resident now. */
export function residentMiBOf(pid: number): number {
  return memoryOf(pid, 'status', 'VmRSS') / 1024;
}

/** Memory of a process with what it shares counted in parts, so that a sum over processes counts nothing twice. */
export function proportionalMiBOf(pid: number): number {
  return memoryOf(pid, 'smaps_rollup', 'Pss') / 1024;
}

function memoryOf(pid: number, file: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1]);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] ?? Number.NaN) + upper) / 2;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
