import { lookAt } from './look-at.ts';
import type { Outcome } from '../../src/domain/health/part.ts';
import type { Plugs } from '../plugs.ts';

/** Sources and clocks whose turn has come, by when they were looked at last. Nobody can start them again. */
export const lookAtData = ({ health }: Pick<Plugs, 'health'>) =>
  async ({ lookedAtMs, nowMs }: { lookedAtMs: Readonly<Record<string, number>>; nowMs: number }): Promise<{ outcomes: readonly Outcome[]; known: readonly string[] }> => {
    const due = health.data.filter(({ part, everyMs }) => nowMs - (lookedAtMs[part] ?? -Infinity) >= everyMs);
    return { outcomes: await lookAt(due, [], health.timeoutMs), known: health.data.map(({ part }) => part) };
  };
