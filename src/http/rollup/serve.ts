import { urlOf } from '../app.ts';
import { createRollupApp, type RollupAppOptions } from './app.ts';
import { checkOpenness } from './keys.ts';

export interface RollupServerOptions extends RollupAppOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

export interface RollupServer {
  readonly url: string;
  /** Finishes the requests in flight. */
  stop(): Promise<void>;
}

/** Serves rollups until it is stopped. Fails with `bad-configuration` where others reach the address and no key is asked for. */
export async function serveRollups({ host, port, ...options }: RollupServerOptions): Promise<RollupServer> {
  checkOpenness(host, options.keys);
  const app = await createRollupApp(options);
  await app.listen({ host, port });
  return { url: urlOf(app), stop: () => app.close() };
}
