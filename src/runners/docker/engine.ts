import { PassThrough, type Readable } from 'node:stream';
import Docker from 'dockerode';
import { Failure } from '../../domain/failure.ts';
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';

export interface FoundContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly state: ContainerInspectInfo['State'];
}

export interface Usage {
  readonly cpuSeconds: number;
  readonly peakMemoryMb: number;
}

/** A daemon that has not answered by then does not answer. */
const ANSWER_MS = 7000;

interface DockerError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
  readonly json?: { readonly message?: string };
}

/**
 * The few things that are asked of a Docker daemon, each with an end: 304 (is so already), 404 (is not there) and 409 (is under
 * way, or taken) are answers, not errors. Everything else is `runner-unavailable`, in one line that names the daemon.
 */
export function dockerEngine({ socketPath }: { socketPath: string }) {
  const docker = new Docker({ socketPath });
  const where = `Docker at ${socketPath}`;

  /** `expected`: status codes that mean what the caller wants anyway. */
  async function ask<T>(call: (abortSignal: AbortSignal) => Promise<T>, expected: readonly number[] = [], withinMs = ANSWER_MS): Promise<T | undefined> {
    const signal = AbortSignal.timeout(withinMs);
    try {
      return await call(signal);
    } catch (cause) {
      if (expected.includes((cause as DockerError).statusCode ?? 0)) return undefined;
      throw unavailable(cause, where, signal.aborted ? `no answer in ${withinMs / 1000} s` : undefined);
    }
  }

  return {
    where,
    /** By name or id; undefined when there is none. */
    async find(name: string): Promise<FoundContainer | undefined> {
      const info = await ask((abortSignal) => docker.getContainer(name).inspect({ abortSignal }), [404]);
      return info && { id: info.Id, labels: info.Config.Labels, createdMs: Date.parse(info.Created), state: info.State };
    },
    /** The new container's id; undefined when the name is taken. */
    async create(name: string, body: ContainerCreateOptions): Promise<string | undefined> {
      const signal = AbortSignal.timeout(ANSWER_MS);
      try {
        return (await docker.createContainer({ ...body, name, abortSignal: signal })).id;
      } catch (cause) {
        const { statusCode } = cause as DockerError;
        if (statusCode === 409) return undefined;
        if (statusCode === 404) throw new Failure('runner-unavailable', `${where} has no image "${body.Image}": build it (npm run image) or pull it, or set runner.image`, { cause });
        throw unavailable(cause, where, signal.aborted ? `no answer in ${ANSWER_MS / 1000} s` : undefined);
      }
    },
    start: (id: string) => ask((abortSignal) => docker.getContainer(id).start({ abortSignal }), [304, 404]),
    /** SIGTERM, and SIGKILL after the grace time; resolves when it has ended or is gone. */
    stop: (id: string, graceMs: number) => ask((abortSignal) => docker.getContainer(id).stop({ t: Math.max(1, Math.ceil(graceMs / 1000)), abortSignal }), [304, 404], graceMs + ANSWER_MS),
    /** Ends it if it still runs. 409: somebody else is removing it. */
    remove: (id: string) => ask((abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal }), [404, 409]),
    /**
     * Resolves once the daemon waits, with a promise of the exit code: who starts a container only then misses no exit.
     * `undefined`: it is gone, or the daemon is.
     */
    async waitFor(id: string, condition: 'next-exit' | 'not-running'): Promise<{ exited: Promise<number | undefined> } | undefined> {
      const answer = await ask((abortSignal) => dial(docker, 'POST', `/containers/${id}/wait?condition=${condition}&`, abortSignal), [404]);
      return answer && { exited: textOf(answer).then((text) => (JSON.parse(text) as { StatusCode: number }).StatusCode).catch(() => undefined) };
    },
    /** All it has said from its beginning, and what it will say. */
    async logs(id: string): Promise<{ stdout: Readable; stderr: Readable; ended: Promise<void>; stop(): void } | undefined> {
      const stream = await ask((abortSignal) => dial(docker, 'GET', `/containers/${id}/logs?follow=1&stdout=1&stderr=1&`, abortSignal), [404, 409]);
      if (stream === undefined) return undefined;
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      docker.modem.demuxStream(stream, stdout, stderr);
      const ended = new Promise<void>((resolve) => stream.once('close', resolve).on('error', () => undefined)).then(async () => {
        await Promise.all([stdout, stderr].map((end) => new Promise((done) => end.once('end', done).end())));
      });
      return { stdout, stderr, ended, stop: () => stream.destroy() };
    },
    async usage(id: string): Promise<Usage | undefined> {
      const stats = await ask((abortSignal) => {
        const options = { stream: false as const, 'one-shot': true, abortSignal };
        return docker.getContainer(id).stats(options);
      }, [404, 409]);
      if (stats?.memory_stats?.usage === undefined) return undefined;
      const { memory_stats: memory, cpu_stats: cpu } = stats;
      return { cpuSeconds: cpu.cpu_usage.total_usage / 1e9, peakMemoryMb: Math.max(memory.usage, memory.max_usage ?? 0) / 2 ** 20 };
    },
    /** Every container with this label, running or not. */
    async withLabel(label: string): Promise<readonly string[]> {
      const found = await ask((abortSignal) => docker.listContainers({ all: true, filters: { label: [label] }, abortSignal }));
      return (found ?? []).map(({ Id }) => Id);
    },
  };
}

export type DockerEngine = ReturnType<typeof dockerEngine>;

/** The answer as soon as its head is there: dockerode's own `wait` says nothing before the end. The path ends with what the library cuts off. */
function dial(docker: Docker, method: 'GET' | 'POST', path: string, abortSignal: AbortSignal): Promise<Readable> {
  return new Promise((resolve, reject) => {
    // The signal bounds the wait for the head alone: it would end the answer, too.
    const late = (): void => reject(new Error('no answer'));
    abortSignal.addEventListener('abort', late, { once: true });
    docker.modem.dial({ path, method, isStream: true, statusCodes: { 200: true, 400: 'bad parameter', 404: 'no such container', 500: 'server error' } }, (error, answer) => {
      abortSignal.removeEventListener('abort', late);
      if (error) reject(error);
      else resolve(answer as Readable);
    });
  });
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function unavailable(cause: unknown, where: string, reason: string | undefined): Failure {
  const { statusCode, code, message, json } = cause as DockerError;
  if (statusCode !== undefined) return new Failure('runner-unavailable', `${where} refused (${statusCode}): ${(json?.message ?? message).split('\n')[0]}`, { cause, isFinal: statusCode < 500 });
  return new Failure('runner-unavailable', `${where} does not answer (${reason ?? code ?? message.split('\n')[0]}): start it, or set runner.socket`, { cause, isFinal: false });
}
