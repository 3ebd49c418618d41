import { heartbeat } from '@temporalio/activity';

const BEAT_MS = 1000;

/** Says that somebody is at work as long as this goes on: a worker that dies in the middle of it is soon replaced. `details` are what its retry is told. */
export async function beating<T>(work: Promise<T>, details?: unknown): Promise<T> {
  const timer = setInterval(() => heartbeat(details), BEAT_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
