import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_MS = 86_400_000;
/** Longer than any upload or reading of one day lasts. */
const UNFINISHED_MS = DAY_MS;
/** Slices of a file that nobody asked for in this time are cut again when somebody does. */
const UNUSED_MS = 30 * DAY_MS;
/** Copies of artifacts that are kept elsewhere are fetched again when somebody needs one. */
const COPIES_MS = 30 * DAY_MS;
/** A job that failed leaves its folder, to be looked at; what it leaves is large. */
const FAILED_MS = 30 * DAY_MS;
/** Logs of jobs are below 1 MiB each. */
const LOGS_MS = 365 * DAY_MS;

/**
 * Removes from the home folder what a crash left half-made and what nobody uses any more: unfinished artifacts, drafts and
 * scratch of a day ago, slices, copies of artifacts and folders of failed jobs of a month ago, logs of jobs of a year ago. Gives
 * the number of entries removed.
 */
export async function sweepLeftovers(home: string, now: number): Promise<number> {
  let removed = await removeOlder(join(home, 'artifacts', 'incoming'), now - UNFINISHED_MS);
  for (const kind of await entriesOf(join(home, 'artifact-copies'))) removed += await removeOlder(join(home, 'artifact-copies', kind), now - (kind === 'incoming' ? UNFINISHED_MS : COPIES_MS));
  removed += await removeOlder(join(home, 'jobs'), now - FAILED_MS, (name) => name !== 'running');
  removed += await removeOlder(join(home, 'logs', 'jobs'), now - LOGS_MS);
  for (const property of await entriesOf(join(home, 'spool'))) {
    const spool = join(home, 'spool', property);
    removed += await removeOlder(join(spool, 'scratch'), now - UNFINISHED_MS);
    removed += await removeOlder(spool, now - UNFINISHED_MS, (name) => name.startsWith('draft-'));
    removed += await removeOlder(spool, now - UNUSED_MS, (name) => name !== 'scratch');
  }
  return removed;
}

async function removeOlder(folder: string, limit: number, isMeant: (name: string) => boolean = () => true): Promise<number> {
  let removed = 0;
  for (const name of (await entriesOf(folder)).filter(isMeant)) {
    const entry = join(folder, name);
    const { mtimeMs } = await stat(entry).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY })); // gone meanwhile
    if (mtimeMs >= limit) continue;
    await rm(entry, { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}

async function entriesOf(folder: string): Promise<string[]> {
  return existsSync(folder) ? readdir(folder) : [];
}
