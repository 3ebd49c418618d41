import { asyncLocalStorage, Context, type Info } from '@temporalio/activity';

/** Does a step's work as the worker would, at its first attempt. */
export function inStep<T>(work: () => Promise<T>): Promise<T> {
  const never = new Promise<never>(() => undefined);
  const unused = undefined as never; // no step asks for a client, a log or a meter
  return asyncLocalStorage.run(new Context({ attempt: 1, heartbeatDetails: undefined } as Info, never, new AbortController().signal, () => undefined, unused, unused, unused, unused), work);
}
