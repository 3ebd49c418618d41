import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import type { ConditionalOutcome } from './connection.ts';

const attempts = 8;

/**
 * Repeats "read, decide, write on condition" until it is settled. A conditional write that was refused or whose outcome
 * is unknown is never taken for done: the next round reads (serially) what holds and decides again.
 */
export async function settle(subject: string, round: () => Promise<ConditionalOutcome>): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if ((await round()) === 'applied') return;
    await sleep(Math.random() * 20 * 2 ** attempt);
  }
  throw new Failure('store-unavailable', `${subject} did not settle in ${attempts} conditional writes; another writer keeps winning or the store does not answer`, { isFinal: false });
}
