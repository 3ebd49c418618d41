import { setTimeout as sleep } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { IngestOutcome } from '../../src/ports/sequences.ts';
import type { Plugs } from '../plugs.ts';

const BEAT_MS = 3000;
const FIRST_LOOK_MS = 250;
const LATEST_LOOK_MS = 10_000;

/** Starts the look at a day, or joins the one that runs, and waits for its end. */
export const joinIngest = ({ sequences }: Plugs) =>
  async ({ property, day }: { property: string; day: string }): Promise<IngestOutcome> => {
    const beat = setInterval(() => heartbeat(), BEAT_MS);
    try {
      return await sequences.joinIngest(property, day, cancellationSignal());
    } finally {
      clearInterval(beat);
    }
  };

/** Starts the week where it does not run, and waits until it is decided: serving, failed or retired. */
export const awaitWeekDecided = ({ sequences }: Plugs) =>
  async ({ property, week }: { property: string; week: string }): Promise<{ phase: string; sentence: string }> => {
    await sequences.startWeek(property, week);
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(LATEST_LOOK_MS, waitMs * 1.5)) {
      const status = await sequences.weekStatus(property, week);
      if (status === null) return { phase: 'retired', sentence: `no workflow answers for ${week}` };
      if (status.phase === 'serving' || status.phase === 'failed' || status.phase === 'retired') return { phase: status.phase, sentence: status.sentence };
      heartbeat();
      await sleep(waitMs, undefined, { signal: cancellationSignal() });
    }
  };
