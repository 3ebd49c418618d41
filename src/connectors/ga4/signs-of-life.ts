const everyMs = 5000;

/** Waits for `work` and yields nothing, again and again, until it is there: its reader beats its heart by that. */
export async function* signsOfLife<Result>(work: Promise<Result>): AsyncGenerator<readonly never[], Result> {
  work.catch(() => undefined); // thrown where it is awaited; the reader may have left before
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<'silence'>((resolve) => (timer = setTimeout(resolve, everyMs, 'silence')));
    const first = await Promise.race([work.then(() => 'done' as const), silence]).finally(() => clearTimeout(timer));
    if (first === 'done') return work;
    yield [];
  }
}
