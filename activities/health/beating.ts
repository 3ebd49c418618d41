import { heartbeat } from '@temporalio/activity';

const BEAT_MS = 1000;

/** Says that somebody is at work as long as this goes on: a worker that dies in the middle of it is soon replaced. */
export async function beating<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), BEAT_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
