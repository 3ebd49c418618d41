import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { processesOf } from './processes.ts';

/** Addresses at which the processes of a folder accept connections now, as text; those of IPv6 that stand for IPv4 as that. */
export function listeningAddresses(folder: string): string[] {
  const sockets = new Set(processesOf(folder).flatMap(({ pid }) => socketsOf(pid)));
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => readFileSync(table, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row[3] === '0A' && sockets.has(`socket:[${row[9]}]`)) // proc_net(5)
    .map((row) => addressOf(row[1]?.split(':')[0] ?? ''));
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
      } catch {
        return []; // closed meanwhile
      }
    });
  } catch {
    return []; // gone meanwhile
  }
}

/** The kernel writes addresses as words of the machine: the last word holds those of IPv4, also in IPv6 where it stands for one. */
function addressOf(hexadecimal: string): string {
  const isMapped = hexadecimal.length === 32 && hexadecimal.startsWith('0000000000000000FFFF0000');
  if (hexadecimal.length === 32 && !isMapped) return hexadecimal;
  return (hexadecimal.slice(-8).match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)).join('.');
}
