import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { PublishCall } from '../../src/ports/publisher.ts';

/** A step that waits for the outside says so as long as it waits, and stops waiting when it is cancelled. */
export function whileWaiting(): PublishCall {
  return { signal: cancellationSignal(), onBeat: (said) => heartbeat({ said }) };
}
