import { asyncLocalStorage, Context, type Info } from '@temporalio/activity';

/** Does a step's work as the worker would, at its first attempt; or as a retry, with what the attempt before said last. */
export function inStep<T>(work: () => Promise<T>, heartbeatDetails?: unknown): Promise<T> {
  const never = new Promise<never>(() => undefined);
  const unused = undefined as never; // no step asks for a client, a log or a meter
  return asyncLocalStorage.run(new Context({ attempt: 1, heartbeatDetails } as Info, never, new AbortController().signal, () => undefined, unused, unused, unused, unused), work);
}
