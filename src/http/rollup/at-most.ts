import { Failure } from '../../domain/failure.ts';

/** Does work at most so many times at once; what is more is refused with `busy` rather than kept in memory. */
export function atMost(limit: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let running = 0;
  return async (work) => {
    if (running >= limit) throw new Failure('busy', `${limit} requests are being answered already`, { isFinal: false });
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  };
}
