import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import type { ConditionalOutcome } from './connection.ts';

const attempts = 8;
/** A store that does not answer is not asked for longer. */
const patienceMs = 10_000;

/**
 * Repeats "read, decide, write on condition" until it is settled. A conditional write that was refused or whose outcome
 * is unknown is never taken for done: the next round reads (serially) what holds and decides again. A serial read that
 * timed out, as it may while several write, is one more reason for a next round.
 */
export async function settle(subject: string, round: () => Promise<ConditionalOutcome>): Promise<void> {
  const began = Date.now();
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      if ((await round()) === 'applied') return;
    } catch (error) {
      const mayPass = error instanceof Failure && error.code === 'store-unavailable' && !error.isFinal;
      if (!mayPass || attempt === attempts - 1 || Date.now() - began > patienceMs) throw error;
    }
    await sleep(Math.random() * 20 * 2 ** attempt);
  }
  throw new Failure('store-unavailable', `${subject} did not settle in ${attempts} conditional writes; another writer keeps winning or the store does not answer`, { isFinal: false });
}
