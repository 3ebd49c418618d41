import { beating } from './beating.ts';
import { lookAt } from './look-at.ts';
import type { Outcome } from '../../src/domain/health/part.ts';
import type { Plugs } from '../plugs.ts';

/** Which programs and servers answer; of one that does not and that nobody can start again for us, what people can do. That somebody does this step says that a worker is there. */
export const lookAtPrograms = ({ health }: Pick<Plugs, 'health'>) =>
  async (): Promise<{ outcomes: readonly Outcome[]; known: readonly string[] }> => {
    const kept = await health.restarter.parts();
    const worker = { part: 'worker', needs: [], everyMs: 0, look: async () => 'takes work' };
    const seen = await beating(lookAt([worker, ...health.programs], kept, health.timeoutMs));
    const outcomes = seen.map((outcome) => (outcome.isUp || outcome.canRestart ? outcome : { ...outcome, sentence: `${outcome.sentence}; ${health.restarter.advice(outcome.part)}` }));
    return { outcomes, known: outcomes.map(({ part }) => part) };
  };
