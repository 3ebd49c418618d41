import type { PartState } from './part.ts';

/**
 * When each part was looked at last, for those whose turn comes by the clock. What has just begun to fail is looked at in every
 * round until that means something, and so is what is well again; what people were told of waits for its turn.
 */
export function turnsOf(parts: readonly PartState[]): Readonly<Record<string, number>> {
  const byTheClock = parts.filter(({ isUp, failures, incident }) => (incident === null ? failures === 0 : !isUp && incident.needsPerson));
  return Object.fromEntries(byTheClock.map(({ part, lookedAtMs }) => [part, lookedAtMs]));
}
