import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

export interface PortOwner {
  readonly pid: number;
  readonly program: string;
}

/**
 * Fails with one line that names who has the port and what to set instead, e.g.
 * `port 9042 is in use by process 4121 (java). Set ALMANAC_CASSANDRA_PORT, or point ALMANAC_CASSANDRA at it.`
 */
export async function assertPortFree(options: { port: number; address: string; advice: string }): Promise<void> {
  if (await canListen(options)) return;
  const owner = portOwner(options.port);
  const who = owner === undefined ? 'a process that cannot be seen from here' : `process ${owner.pid} (${owner.program})`;
  throw new Error(`port ${options.port} is in use by ${who}. ${options.advice}`);
}

/** Advice for a port that has a setting of its own and a setting that replaces the part behind it. */
export function portAdvice(options: { portSetting: string; addressSetting: string }): string {
  return `Set ${options.portSetting}, or point ${options.addressSetting} at it.`;
}

/** The process that listens on a TCP port of this machine, read from /proc; undefined when it cannot be seen. */
export function portOwner(port: number): PortOwner | undefined {
  if (process.platform !== 'linux') return undefined;
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningSockets(table, port)));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (openSockets(pid).some((socket) => sockets.has(socket))) {
      return { pid: Number(pid), program: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() };
    }
  }
  return undefined;
}

/** Columns of proc_net(5): local address as HEX:PORT in the second, state in the fourth (0A is listening), inode in the tenth. */
function listeningSockets(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync(table, 'utf8').trim().split('\n').slice(1).map((line) => line.trim().split(/\s+/));
  return rows.filter((row) => row[1]?.endsWith(suffix) && row[3] === '0A').map((row) => `socket:[${row[9]}]`);
}

function openSockets(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  // Gone meanwhile, or another user's: a process that works opens and closes all the time.
  return unlessGone(() => readdirSync(folder)).flatMap((descriptor) => unlessGone(() => [readlinkSync(`${folder}/${descriptor}`)]));
}

function unlessGone(read: () => string[]): string[] {
  try {
    return read();
  } catch {
    return [];
  }
}

function canListen(options: { port: number; address: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port: options.port, host: options.address, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
