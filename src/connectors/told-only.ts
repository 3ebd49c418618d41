import type { Restarter } from '../ports/restarter.ts';

/** PLUG: where nobody may start a part again from here, such as in containers, which are never given their daemon's socket. `command` is what a person does, with the part for `{part}`. */
export function toldOnly(command: string | undefined): Restarter {
  const advice = (part: string): string => `nobody starts it again from here${command === undefined ? '' : `: ${command.replaceAll('{part}', part)}`}`;
  return { parts: async () => [], advice, restart: async ({ part }) => ({ isDone: false, sentence: advice(part) }) };
}
