import { linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identityOf, isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

export interface FileLock {
  release(): void;
}

/**
 * A lock between processes that survives kill -9 of its owner. The folder holds numbered claims; the owner is the process
 * in the highest one. Claiming means making the next number, which only one process can; a claim that turns out not to be
 * the highest is withdrawn, and only lower claims are ever removed. So taking over from a dead owner has no race,
 * which removing a stale lock file has.
 */
export function tryLock(folder: string): FileLock | { readonly heldBy: ProcessIdentity } {
  mkdirSync(folder, { recursive: true });
  const self = identityOf(process.pid) ?? { pid: process.pid, started: '' };
  const highest = highestClaim(folder);
  const owner = highest === 0 ? undefined : ownerOf(folder, highest);
  if (owner !== undefined && isAlive(owner)) return { heldBy: owner };
  const mine = highest + 1;
  if (!claim(folder, mine, self)) return tryLock(folder);
  for (const lower of claims(folder)) if (lower < mine) rmSync(path.join(folder, String(lower)), { force: true });
  return { release: () => write(folder, mine, 'free') };
}

/** Runs `work` while holding the lock; waits without limit for a living owner, polling four times a second. */
export async function withLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    const lock = tryLock(folder);
    if ('heldBy' in lock) {
      await delay(250);
      continue;
    }
    try {
      return await work();
    } finally {
      lock.release();
    }
  }
}

function claims(folder: string): number[] {
  return readdirSync(folder).filter((name) => /^\d+$/.test(name)).map(Number);
}

function highestClaim(folder: string): number {
  return Math.max(0, ...claims(folder));
}

function ownerOf(folder: string, number: number): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, String(number)), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined; // released, or withdrawn since it was listed
  }
}

/** A hard link appears with its content and fails when the number is taken. */
function claim(folder: string, number: number, self: ProcessIdentity): boolean {
  const draft = path.join(folder, `draft-${process.pid}-${number}`);
  writeFileSync(draft, JSON.stringify(self));
  try {
    linkSync(draft, path.join(folder, String(number)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  if (highestClaim(folder) === number) return true;
  rmSync(path.join(folder, String(number)), { force: true });
  return false;
}

function write(folder: string, number: number, text: string): void {
  const draft = path.join(folder, `draft-${process.pid}-${number}`);
  writeFileSync(draft, text);
  renameSync(draft, path.join(folder, String(number)));
}
