import { isCancellation, patched, sleep, CancellationScope } from '@temporalio/workflow';
import { lateSentence } from '../src/domain/release/late-build.ts';
import { tell, type WeekKey } from './week-messages.ts';
import { show, type WeekState } from './week-state.ts';

/**
 * Works, and tells people once when the revision takes longer than `hours`: it waits out an outage without a word of
 * its own. A wait for somebody's approval was told already.
 */
export async function tellingWhenLate<T>(input: WeekKey, state: WeekState, { revision, hours }: { revision: number; hours: number }, work: () => Promise<T>): Promise<T> {
  if (!patched('late-builds-are-told')) return work();
  const watch = new CancellationScope();
  watch.run(async () => {
    await sleep(hours * 3_600_000);
    if (state.phase !== 'building') return;
    const sentence = lateSentence({ ...input, revision, stages: state.stages, hours });
    show(state, 'building', sentence);
    await tell(input, 'late', sentence);
  }).catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  try {
    return await work();
  } finally {
    watch.cancel();
  }
}
