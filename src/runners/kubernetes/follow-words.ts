import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerName } from './job-manifest.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import type { JobLog } from '../job-log.ts';

const PAUSE_MS = 500;
/** After the end, for what the cluster still has to tell. */
const LAST_WORDS_MS = 5000;

/** Hands a pod's log on to ours, each byte once, over any number of connections that break. */
export function followWords(cluster: Cluster, log: JobLog) {
  const words = new PassThrough();
  const stopping = new AbortController();
  let [given, isOver] = [0, false];
  let following: Promise<void> | undefined;
  let ended: Promise<void> | undefined;
  log.follow(words);

  async function readOnce(pod: string): Promise<void> {
    const stream = await cluster.followLog(pod, containerName);
    if (stream === null) return;
    stopping.signal.addEventListener('abort', () => stream.destroy());
    let skip = given;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const fresh = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - fresh.length;
      given += fresh.length;
      words.write(fresh);
    }
  }

  /** Until a reading that began after the end has come to its own. */
  async function follow(pod: string): Promise<void> {
    while (!stopping.signal.aborted) {
      const isLast = isOver;
      const isWhole = await readOnce(pod).then(() => true, () => false); // the connection broke, or the node is away
      if (isLast && isWhole) return;
      await sleep(PAUSE_MS);
    }
  }

  async function end(): Promise<void> {
    isOver = true;
    await Promise.race([following, sleep(LAST_WORDS_MS, undefined, { ref: false })]);
    stopping.abort();
    await new Promise((done) => words.once('end', done).end());
  }

  return {
    begin(pod: string): void {
      following ??= follow(pod);
    },
    /** Resolves when all was said, or too late to be waited for. */
    end: (): Promise<void> => (ended ??= end()),
  };
}
