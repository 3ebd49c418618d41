import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../stack.ts';
import { sentenceOf, type Kill, type Strike } from './kills.ts';
import type { Execution } from './watched-steps.ts';

/** What a test and the watched steps of a home tell one another: kills that are armed, those that have struck, and what was done. */
export function faultsOf(home: string) {
  const folder = join(home, 'faults');
  mkdirSync(join(folder, 'armed'), { recursive: true });
  return {
    arm(kill: Kill): void {
      writeFileSync(join(folder, 'armed', `${kill.target}-${kill.step}.json`), JSON.stringify(kill));
    },
    /** Waits until the kill has struck, and says whom. */
    async struck(kill: Kill, withinMs: number): Promise<Strike> {
      const file = join(folder, `struck-${kill.target}-${kill.step}.json`);
      const text = await eventually(async () => existsSync(file) && readFileSync(file, 'utf8'), withinMs, `the kill of ${sentenceOf(kill)}`);
      rmSync(file);
      return JSON.parse(text) as Strike;
    },
    trace(): Execution[] {
      const file = join(folder, 'trace.ndjson');
      if (!existsSync(file)) return [];
      return readFileSync(file, 'utf8').split('\n').filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Execution);
    },
  };
}
