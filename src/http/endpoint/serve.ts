import { setTimeout as sleep } from 'node:timers/promises';
import { urlOf } from '../app.ts';
import { createEndpointApp } from './app.ts';
import { followReleases } from './live-state.ts';
import type { Logger } from 'pino';
import type { KeyStore } from '../../ports/key-store.ts';
import type { PeopleStore } from '../../ports/people-store.ts';
import type { ReleaseStore } from '../../ports/release-store.ts';
import type { EndpointLimits } from './limits.ts';

export interface ServeOptions {
  readonly releaseStore: Pick<ReleaseStore, 'listProperties' | 'listWeeks'>;
  readonly keyStore: Pick<KeyStore, 'listKeys'>;
  readonly peopleStore: PeopleStore;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly limits: EndpointLimits;
  /** How long the key of the week before opens `current`. */
  readonly keyGraceMs: number;
  readonly pollMs: number;
  readonly staleAfterMs: number;
  /** While shutting down: how long to go on answering, closing connections, before no new ones are taken. */
  readonly drainMs: number;
  readonly logger: Logger;
}

export interface Endpoint {
  readonly url: string;
  /** Finishes the requests in flight. */
  stop(): Promise<void>;
}

/** Serves every live week of every property until it is stopped. The stores belong to the caller. */
export async function serve(options: ServeOptions): Promise<Endpoint> {
  const { logger, limits, peopleStore, staleAfterMs, host, port } = options;
  const liveState = await followReleases({
    ...options,
    graceMs: options.keyGraceMs,
    onHealth: (error) => {
      if (error === null) logger.info('releases are seen again');
      else logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'releases cannot be seen; what was live goes on being served');
    },
  });
  const { app, drain } = await createEndpointApp({ liveState, peopleStore, limits, staleAfterMs, logger, nowMs: Date.now });
  try {
    await app.listen({ host, port });
  } catch (cause) {
    await liveState.stop();
    throw cause;
  }
  return {
    url: urlOf(app),
    async stop() {
      drain();
      await sleep(options.drainMs);
      await app.close();
      await liveState.stop();
    },
  };
}
