import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kill, Strike } from './kills.ts';

const MOMENTS: readonly Kill['when'][] = ['before', 'during', 'after'];

/** Kills in a folder of the stack: a test puts them there, the process that comes to their place takes them and says what it struck. */
export function armedKills(folder: string) {
  const fileOf = (state: 'armed' | 'disarmed' | 'struck', kill: Kill): string => join(folder, state, fileNameOf(kill));
  const all = (state: 'armed' | 'disarmed'): Kill[] => readdirSync(join(folder, state)).map((file) => JSON.parse(readFileSync(join(folder, state, file), 'utf8')) as Kill);
  for (const state of ['drafts', 'armed', 'disarmed', 'struck']) mkdirSync(join(folder, state), { recursive: true });

  /** A file that is there is whole. */
  function write(state: 'armed' | 'struck', kill: Kill, content: Kill | Strike): void {
    const draft = join(folder, 'drafts', fileNameOf(kill));
    writeFileSync(draft, JSON.stringify(content));
    renameSync(draft, fileOf(state, kill));
  }

  return {
    arm: (kill: Kill): void => write('armed', kill, kill),
    /** Of two at one call, the earlier moment comes first. */
    armed: (): Kill[] => all('armed').sort((left, right) => MOMENTS.indexOf(left.when) - MOMENTS.indexOf(right.when)),
    /** False when another execution was quicker: a kill strikes once. */
    disarm(kill: Kill): boolean {
      try {
        renameSync(fileOf('armed', kill), fileOf('disarmed', kill));
        return true;
      } catch {
        return false;
      }
    },
    tell: (kill: Kill, strike: Strike): void => write('struck', kill, strike),
    hasStruck: (kill: Kill): boolean => existsSync(fileOf('struck', kill)),
    /** True once everyone who dies with it is at their place. */
    isComplete: ({ death }: Kill): boolean => death === undefined || [...all('armed'), ...all('disarmed')].every((kill) => kill.death !== death || existsSync(fileOf('struck', kill))),
    /** What it struck; from then on there may be another one like it. */
    take(kill: Kill): Strike {
      const strike = JSON.parse(readFileSync(fileOf('struck', kill), 'utf8')) as Strike;
      for (const state of ['struck', 'disarmed'] as const) rmSync(fileOf(state, kill));
      return strike;
    },
  };
}

function fileNameOf({ target, step, name, nth, when, activityId, workflow }: Kill): string {
  return `${[target, step, name, nth, when, activityId, workflow].join(' ').replaceAll(/[^\w-]+/g, '-')}.json`;
}
