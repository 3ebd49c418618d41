import { judgePart, type News } from './judge-part.ts';
import type { HealthRules, Outcome, PartState } from './part.ts';

/** Parts that are kept in mind at once; further ones are not looked at. */
export const MOST_PARTS = 200;
/** Lines that wait for the store or the webhook to answer; of more the newest are kept. */
export const MOST_OWED = 50;

/** A line of the audit, and what people are told, with the same words. */
export interface HealthLine {
  /** From incident and news: the same line twice is one. */
  readonly id: string;
  readonly part: string;
  readonly news: News | 'restarted-again';
  readonly sentence: string;
}

/** All that one round of health leaves to the next. */
export interface HealthState {
  readonly parts: readonly PartState[];
  /** What is not in the audit yet, and what people were not told yet. */
  readonly unwritten: readonly HealthLine[];
  readonly untold: readonly HealthLine[];
}

export const NOTHING_KNOWN: HealthState = { parts: [], unwritten: [], untold: [] };

export interface RoundJudged {
  readonly parts: readonly PartState[];
  /** Parts to be started again. */
  readonly restarts: readonly PartState[];
  readonly news: readonly { readonly state: PartState; readonly news: News }[];
}

/**
 * One round: each part that was looked at is judged. What was not looked at, because its turn had not come, stays as it was, and
 * so does what is down while something it needs is down: only the cause is acted upon. Parts that nobody looks at any more are
 * forgotten: `known` are those that there are.
 */
export function judgeRound(before: readonly PartState[], outcomes: readonly Outcome[], known: readonly string[], rules: HealthRules, nowMs: number): RoundJudged {
  const isDown = new Set([...before.filter((state) => state.failures > 0 && !outcomes.some(({ part }) => part === state.part)).map(({ part }) => part), ...outcomes.filter(({ isUp }) => !isUp).map(({ part }) => part)]);
  const of = new Map(before.filter(({ part }) => known.includes(part)).map((state) => [state.part, state]));
  const restarts: PartState[] = [];
  const news: { state: PartState; news: News }[] = [];
  for (const seen of outcomes) {
    const earlier = of.get(seen.part) ?? null;
    const cause = seen.isUp ? undefined : seen.needs.find((part) => isDown.has(part));
    if (cause !== undefined) {
      if (earlier) of.set(seen.part, { ...earlier, isUp: false, sentence: `${seen.sentence}; it needs ${cause}`, lookedAtMs: nowMs });
      continue;
    }
    const judged = judgePart(earlier, seen, rules, nowMs);
    of.set(seen.part, judged.state);
    if (judged.restart) restarts.push(judged.state);
    if (judged.news !== null) news.push({ state: judged.state, news: judged.news });
  }
  return { parts: [...of.values()].slice(0, MOST_PARTS), restarts, news };
}

/** The newest lines, each once. */
export function owed(lines: readonly HealthLine[]): readonly HealthLine[] {
  return [...new Map(lines.map((line) => [line.id, line])).values()].slice(-MOST_OWED);
}
