import { table } from './table.ts';
import type { HealthState } from '../../domain/health/judge-round.ts';
import type { PartState } from '../../domain/health/part.ts';

/** Health of each part as the last round of it saw it; `nowMs` says how long ago that was. */
export function healthText(health: HealthState, nowMs: number): string {
  const rows = [...health.parts].sort((a, b) => (a.part < b.part ? -1 : 1)).map((state) => [state.isUp ? '✓' : '✗', state.part, agoOf(nowMs - state.lookedAtMs), incidentOf(state), state.sentence]);
  const untold = health.untold.length === 0 ? [] : [`could not be told yet, because the webhook does not answer: ${health.untold.length}`];
  return ['health', table(rows.map((row) => ['', ...row])), ...untold].join('\n');
}

function incidentOf({ incident, askedMs }: PartState): string {
  if (incident?.needsPerson) return 'needs a person';
  if (askedMs.length > 0) return `started again ${askedMs.length === 1 ? 'once' : `${askedMs.length} times`} within the hour`;
  return '';
}

function agoOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 1 ? 'just now' : minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}
