import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isAlive, markOf, type ProcessMark } from '../process-table.ts';

/** Who looks after a job now: the newest claim. Whoever had it before keeps their hands off. */
export interface Claim {
  readonly id: string;
  readonly token: string;
  readonly owner: ProcessMark;
}

/** Claims in one folder, a file a job; key: the job's id. A file's time is when its owner last said that it lives. */
export function jobClaims(folder: string) {
  const fileOf = (id: string) => path.join(folder, `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.claim`);
  const read = async (id: string): Promise<Claim | undefined> => {
    try {
      return JSON.parse(await readFile(fileOf(id), 'utf8')) as Claim;
    } catch {
      return undefined; // none, or a crash left half of one
    }
  };
  const isMine = async (claim: Claim) => (await read(claim.id))?.token === claim.token;
  async function write(claim: Claim): Promise<void> {
    const draft = `${fileOf(claim.id)}.${claim.token}`;
    await writeFile(draft, JSON.stringify(claim));
    await rename(draft, fileOf(claim.id));
  }

  return {
    isMine,
    async take(id: string): Promise<Claim> {
      const owner = markOf(process.pid) ?? { pid: process.pid, started: '' };
      const claim: Claim = { id, token: randomUUID(), owner };
      await mkdir(folder, { recursive: true });
      await write(claim);
      return claim;
    },
    async beat(claim: Claim): Promise<void> {
      const now = new Date();
      if (await isMine(claim)) await utimes(fileOf(claim.id), now, now).catch(() => undefined);
    },
    async drop(claim: Claim): Promise<void> {
      if (await isMine(claim)) await rm(fileOf(claim.id), { force: true });
    },
    /** Nobody looks after the job any more: whoever comes next may take it over, or sweep it. */
    async abandon(claim: Claim): Promise<void> {
      if (await isMine(claim)) await write({ ...claim, token: 'nobody', owner: { pid: 0, started: 'nobody' } });
    },
    forget: (id: string) => rm(fileOf(id), { force: true }),
    /** When the job's owner was last seen; infinity while it is alive. Undefined when nobody ever claimed it. */
    async lastSeenMs(id: string): Promise<number | undefined> {
      const claim = await read(id);
      if (claim === undefined) return undefined;
      return isAlive(claim.owner) ? Number.POSITIVE_INFINITY : (await stat(fileOf(id)).catch(() => undefined))?.mtimeMs;
    },
  };
}
