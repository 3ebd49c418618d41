import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { launch, waitUntilReady } from './launch.ts';
import type { Exit } from './launch.ts';
import { assertPortFree } from './port-owner.ts';
import type { Log, ProcessSpec } from './process-spec.ts';
import { run } from './run-command.ts';
import { temporal } from './versions.ts';

export type SearchAttributeType = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

export interface TemporalOptions {
  readonly folder: string;
  /** 127.0.0.1 unless said. */
  readonly address?: string;
  readonly port: number;
  readonly uiPort: number;
  /** The `temporal` program, as obtained. */
  readonly binary: string;
  /** On this store at most 10 of type Keyword and 3 of each other type. */
  readonly searchAttributes: Readonly<Record<string, SearchAttributeType>>;
  /** `default` unless said; the server makes it. */
  readonly namespace?: string;
  /** How long closed workflows stay visible; 30 days unless said (the server's own default is one). */
  readonly retentionDays?: number;
}

export interface TemporalServer {
  readonly pid: number;
  /** host:port of the API, as `TEMPORAL_ADDRESS` takes it. */
  readonly address: string;
  readonly uiAddress: string;
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
}

/** A Temporal server with its Web UI, everything in one file; goes on where it was after kill -9. */
export async function startTemporal(options: TemporalOptions & { log?: Log }): Promise<TemporalServer> {
  const spec = temporalProcess(options);
  const logFile = path.join(options.folder, 'temporal.log');
  const launched = await launch({ spec, logFile });
  await waitUntilReady({ spec, launched, logFile });
  options.log?.('temporal is ready', { pid: launched.pid, port: options.port, uiPort: options.uiPort });
  const host = options.address ?? '127.0.0.1';
  return { pid: launched.pid, address: `${host}:${options.port}`, uiAddress: `http://${host}:${options.uiPort}`, exited: launched.exited, stop: launched.stop };
}

/** The same server as something to supervise. */
export function temporalProcess(options: TemporalOptions): ProcessSpec {
  const host = options.address ?? '127.0.0.1';
  const namespace = options.namespace ?? 'default';
  return {
    name: 'temporal',
    command: options.binary,
    args: [
      'server', 'start-dev', '--ip', host, '--port', String(options.port), '--ui-port', String(options.uiPort), '--ui-disable-news-fetch',
      // The file belongs to one version of the server, which does not migrate another's.
      '--db-filename', path.join(options.folder, `temporal-${temporal.server}.db`),
      '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL',
      '--namespace', namespace, '--log-level', 'error',
      ...Object.entries(options.searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ],
    prepare: async () => {
      mkdirSync(options.folder, { recursive: true });
      await assertPortFree({ port: options.port, address: host, advice: 'Set ALMANAC_TEMPORAL_PORT, or point TEMPORAL_ADDRESS at it.' });
      await assertPortFree({ port: options.uiPort, address: host, advice: 'Set ALMANAC_TEMPORAL_UI_PORT.' });
    },
    ready: async () => {
      // The UI's front page answers before the API behind it works, so the API is asked through it.
      const answer = await fetch(`http://${host}:${options.uiPort}/api/v1/namespaces`, { signal: AbortSignal.timeout(2000) });
      if (!answer.ok) throw new Error(`the Web UI answered ${answer.status}`);
      await keepClosedWorkflows({ binary: options.binary, address: `${host}:${options.port}`, namespace, days: options.retentionDays ?? 30 });
    },
    stopSignal: 'SIGTERM',
  };
}

async function keepClosedWorkflows(options: { binary: string; address: string; namespace: string; days: number }): Promise<void> {
  await run({
    command: options.binary,
    args: ['operator', 'namespace', 'update', '--address', options.address, '--namespace', options.namespace, '--retention', `${options.days}d`],
    timeoutMs: 10_000,
  });
}
