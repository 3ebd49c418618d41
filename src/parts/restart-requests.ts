import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import path from 'node:path';
import { supervisorSocket } from '../domain/health/supervisor-socket.ts';
import type { Log } from './process-spec.ts';
import type { RestartOutcome, Running } from './supervised.ts';

export interface RestartRequests {
  close(): Promise<void>;
}

interface Entry {
  readonly key: string;
  /** Absent where the supervisor ended in the middle of it. */
  readonly outcome?: RestartOutcome;
}

const remembered = 200;
const longestRequestBytes = 4096;

/**
 * Answers at a socket file that only our own user can open: `GET /parts` which processes are kept and how often each was
 * started again, `POST /restart {part, key, reason}` ends one so that it is started again. A key is done once, whoever asks
 * how often: it is written down before the process is ended. A supervisor that began anew has started everything anew.
 */
export async function serveRestartRequests(options: { folder: string; running: () => readonly Running[]; log: Log }): Promise<RestartRequests | undefined> {
  const { folder, running, log } = options;
  const socket = path.join(folder, supervisorSocket);
  const ledger = openLedger(path.join(folder, 'restarts.json'));
  const underWay = new Map<string, Promise<RestartOutcome>>();
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    void handle(request).then((body) => answer(body === undefined ? 404 : 200, body ?? {}), (error: Error) => answer(400, { error: error.message }));
  });
  rmSync(socket, { force: true }); // of a supervisor that was killed: ours is the home now
  try {
    await listen(server, socket);
  } catch (error) {
    log('cannot be asked to start parts again', { socket, reason: (error as Error).message });
    return undefined;
  }
  chmodSync(socket, 0o600);
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve)); // removes the file
    },
  };

  async function handle(request: IncomingMessage): Promise<unknown> {
    if (request.method === 'GET' && request.url === '/parts') return running().map(({ name, state, restarts }) => ({ name, state, restarts }));
    if (request.method !== 'POST' || request.url !== '/restart') return undefined;
    const { part, key, reason } = requestOf(await bodyOf(request));
    const process = running().find(({ name }) => name === part);
    if (process === undefined) throw new Error(`no process "${part}" is kept here: expected one of ${running().map(({ name }) => name).join(', ')}`);
    const doing = underWay.get(key) ?? once(process, key, reason);
    underWay.set(key, doing);
    return { outcome: await doing.finally(() => underWay.delete(key)) };
  }

  async function once(process: Running, key: string, reason: string): Promise<RestartOutcome> {
    const known = ledger.find(key);
    if (known !== undefined) return known.outcome ?? 'restarted';
    ledger.write({ key });
    const outcome = await process.restart(reason);
    ledger.write({ key, outcome });
    return outcome;
  }
}

function openLedger(file: string) {
  let entries = readEntries(file);
  return {
    find: (key: string): Entry | undefined => entries.find((entry) => entry.key === key),
    write: (entry: Entry): void => {
      entries = [...entries.filter(({ key }) => key !== entry.key), entry].slice(-remembered);
      writeFileSync(`${file}.draft`, JSON.stringify(entries));
      renameSync(`${file}.draft`, file);
    },
  };
}

function readEntries(file: string): readonly Entry[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Entry[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function requestOf(text: string): { part: string; key: string; reason: string } {
  const { part, key, reason } = JSON.parse(text) as Record<string, unknown>;
  if (typeof part !== 'string' || typeof key !== 'string' || key === '' || typeof reason !== 'string') throw new Error('expected {"part", "key", "reason"} as texts');
  return { part, key, reason };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > longestRequestBytes) throw new Error(`expected at most ${longestRequestBytes} bytes`);
  }
  return text;
}

/** Fails where the path is longer than a socket's may be (about a hundred characters). */
async function listen(server: Server, socket: string): Promise<void> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve));
  server.unref();
}
