import { join } from 'node:path';
import { eventually } from '../stack.ts';
import { armedKills } from './armed.ts';
import { sentenceOf, type Kill } from './kills.ts';
import { assertBusyAndDoneAgain, traceIn } from './trials.ts';

/** Kills inside the steps of a stack that runs with `injected('watched-steps')`, several in one week. */
export function killsIn({ home }: { home: string }) {
  const folder = join(home, 'faults');
  const armed = armedKills(folder);
  const struck = (kill: Kill): Promise<boolean> => eventually(async () => armed.hasStruck(kill), 240_000, `the kill of ${sentenceOf(kill)}`);
  return {
    arm(kills: readonly Kill[]): void {
      for (const kill of kills) armed.arm(kill);
    },
    /** Resolves when somebody was killed there. */
    struck,
    trace: () => traceIn(folder),
    /** Every one has struck somebody at work, and each step that died was done again; gives how often its worker died. */
    async deathsOf(kills: readonly Kill[]): Promise<number> {
      for (const kill of kills) await struck(kill);
      const strikes = kills.map((kill) => armed.take(kill));
      assertBusyAndDoneAgain(strikes, traceIn(folder));
      return new Set(kills.filter(({ target }) => target === 'worker').map((kill) => kill.death ?? sentenceOf(kill))).size;
    },
  };
}
