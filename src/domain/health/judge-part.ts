import type { HealthRules, Incident, Outcome, PartState } from './part.ts';

const HOUR_MS = 3_600_000;

/** What people are told of a part, each once in an incident. */
export type News =
  /** It did not answer and is started again. */
  | 'restarted'
  /** It ended, and its supervisor has started it again already. */
  | 'ended'
  /** Nobody can start it again for us. */
  | 'needs-person'
  /** Starting it again did not help as often as is allowed, whoever did. */
  | 'gave-up'
  /** Told only where somebody was called before. */
  | 'well-again';

export interface Judged {
  readonly state: PartState;
  /** True when the part is to be started again now, under `state.incident`. */
  readonly restart: boolean;
  readonly news: News | null;
}

/**
 * What a look at a part means after those before it. Restarts are bounded within any hour, whatever the part does, and
 * news by the number of incidents, each of which ends only after `calm` good looks in a row in which it did not end.
 */
export function judgePart(before: PartState | null, seen: Outcome, rules: HealthRules, nowMs: number): Judged {
  const counted = count(before, seen, nowMs);
  const { incident } = counted;
  const hasNewEnd = seen.isUp && hasEnded(before, seen);
  if (hasNewEnd && incident?.needsPerson !== true && endsTooOften(counted, rules)) return { state: endedTooOften(counted, nowMs), restart: false, news: 'gave-up' };
  if (incident === null) {
    if (counted.failures >= rules.failures) return actOn(opened(counted, counted.failingSinceMs), seen, rules, nowMs);
    if (hasNewEnd) return { state: opened(counted, nowMs), restart: false, news: 'ended' };
    return { state: counted, restart: false, news: null };
  }
  const isCalm = counted.wells >= rules.calm && (incident.endsOften !== true || counted.endedMs?.length === 0);
  if (isCalm) return { state: { ...counted, incident: null }, restart: false, news: incident.needsPerson ? 'well-again' : null };
  return counted.failures >= rules.failures ? actOn(counted, seen, rules, nowMs) : { state: counted, restart: false, news: null };
}

/** The part could not be started again: a person is needed. */
export function cannotRestart(state: PartState): PartState {
  return state.incident === null ? state : { ...state, incident: { ...state.incident, needsPerson: true } };
}

function actOn(state: PartState, seen: Outcome, { mostRestartsPerHour, settleSeconds }: HealthRules, nowMs: number): Judged {
  const incident = state.incident as Incident; // every caller has just looked
  if (incident.needsPerson || nowMs < incident.nextRestartMs) return { state, restart: false, news: null };
  if (!seen.canRestart) return { state: cannotRestart(state), restart: false, news: 'needs-person' };
  if (state.askedMs.length >= mostRestartsPerHour) return { state: cannotRestart(state), restart: false, news: 'gave-up' };
  const asked = incident.asked + 1;
  const next: Incident = { ...incident, asked, nextRestartMs: nowMs + settleSeconds * 1000 * 2 ** (asked - 1) };
  return { state: { ...state, incident: next, askedMs: [...state.askedMs, nowMs], askedEver: state.askedEver + 1 }, restart: true, news: asked === 1 ? 'restarted' : null };
}

function count(before: PartState | null, seen: Outcome, nowMs: number): PartState {
  const { part, isUp, sentence, restarts } = seen;
  const hasNewEnd = isUp && hasEnded(before, seen);
  const isRecent = (moment: number): boolean => nowMs - moment < HOUR_MS;
  const failures = isUp ? 0 : (before?.failures ?? 0) + 1;
  return {
    part, isUp, sentence, lookedAtMs: nowMs, failures,
    failingSinceMs: failures > 1 ? (before as PartState).failingSinceMs : nowMs, // the failures before were counted in it
    wells: isUp && !hasNewEnd ? (before?.wells ?? 0) + 1 : 0,
    restarts: restarts ?? before?.restarts ?? null,
    incident: before?.incident ?? null,
    endedMs: [...(before?.endedMs ?? []).filter(isRecent), ...(hasNewEnd ? [nowMs] : [])],
    askedMs: (before?.askedMs ?? []).filter(isRecent),
    askedEver: before?.askedEver ?? 0,
  };
}

/** A supervisor that began anew counts from 0 again: fewer is no news. */
function hasEnded(before: PartState | null, { restarts }: Outcome): boolean {
  return restarts !== null && before !== null && before.restarts !== null && restarts > before.restarts;
}

/** As many as restarts are allowed, and one more; where none are, its first end is one message all the same. */
function endsTooOften({ endedMs }: PartState, { mostRestartsPerHour }: HealthRules): boolean {
  return (endedMs?.length ?? 0) > Math.max(1, mostRestartsPerHour);
}

function endedTooOften(state: PartState, nowMs: number): PartState {
  const { incident } = state.incident === null ? opened(state, nowMs) : state;
  return { ...state, incident: { ...(incident as Incident), needsPerson: true, endsOften: true } };
}

function opened(state: PartState, sinceMs: number): PartState {
  return { ...state, incident: { id: `${state.part}@${sinceMs}`, sinceMs, asked: 0, nextRestartMs: 0, needsPerson: false } };
}
