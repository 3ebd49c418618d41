import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import { dockerEngine, type DockerEngine, type FoundContainer } from './engine.ts';
import type { Writable } from 'node:stream';
import type { ContainerCreateOptions } from 'dockerode';

export interface KeptContainer {
  readonly socketPath: string;
  /** One container bears it, whoever keeps it. */
  readonly name: string;
  readonly body: ContainerCreateOptions;
  /** What it says from its beginning. */
  readonly log: Writable;
  /** Ends it and removes it. */
  readonly signal: AbortSignal;
  readonly graceMs?: number;
}

const WORK = 'almanac.work';
const NAME_ATTEMPTS = 20;

/**
 * Runs a container that serves until it ends or `signal` says so. One of this name that runs and was made alike is taken over,
 * as after a kill of whoever kept it; any other is removed first. Fails with `runner-unavailable` when the daemon goes away: the
 * next one to keep it finds what is left. Resolves with its exit code; null when it was told to end.
 */
export async function keepContainer({ socketPath, name, body, log, signal, graceMs = 10_000 }: KeptContainer): Promise<number | null> {
  const engine = dockerEngine({ socketPath });
  const container = await containerOf(engine, name, body, graceMs);
  const told = Promise.withResolvers<null>();
  const end = (): void => told.resolve(null);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const words = await engine.logs(container.id);
  for (const stream of [words?.stdout, words?.stderr]) stream?.pipe(log, { end: false });
  try {
    for (;;) {
      const waiting = await engine.waitFor(container.id, 'not-running');
      const code = await Promise.race([waiting?.exited, told.promise]);
      if (code === null) await engine.stop(container.id, graceMs);
      else if ((await engine.find(container.id))?.state.Running) continue; // the wait was cut off, and the daemon is back already
      await engine.remove(container.id);
      return code ?? null;
    }
  } finally {
    signal.removeEventListener('abort', end);
    words?.stop();
  }
}

/** It runs. */
async function containerOf(engine: DockerEngine, name: string, body: ContainerCreateOptions, graceMs: number): Promise<FoundContainer> {
  const work = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32);
  for (let attempt = 1; attempt <= NAME_ATTEMPTS; attempt += 1) {
    const found = await engine.find(name);
    if (found?.state.Running && found.labels[WORK] === work) return found;
    if (found) {
      await engine.stop(found.id, graceMs);
      await engine.remove(found.id);
    }
    const id = await engine.create(name, { ...body, Labels: { ...body.Labels, [WORK]: work } });
    if (id !== undefined) {
      await engine.start(id);
      const made = await engine.find(id);
      if (made) return made;
    }
    await sleep(100 * attempt); // the name is taken, perhaps by what is being removed
  }
  throw new Failure('runner-unavailable', `${engine.where} has a container ${name} that neither goes nor is the one wanted; remove it: docker rm -f ${name}`, { isFinal: false });
}
