import type { News } from './judge-part.ts';
import type { HealthLine } from './judge-round.ts';
import type { Incident, PartState } from './part.ts';

/** What a line says of a part in an incident. `answer` is what whoever starts parts again said, where one was asked. */
export function lineOf(state: PartState, news: News, answer = ''): HealthLine {
  const incident = state.incident;
  // An incident that is over has left the state: its end names it.
  const id = incident === null ? `${state.part}@well/${state.lookedAtMs}` : `${incident.id}/${news}`;
  return { id, part: state.part, news, sentence: sentenceOf(state, news, answer) };
}

/** A further restart of the same incident: in the audit, but nobody is told again. */
export function furtherRestartLine(state: PartState, incident: Incident, answer: string): HealthLine {
  return { id: `${incident.id}/restarted-${incident.asked}`, part: state.part, news: 'restarted-again', sentence: `${state.part} has still not answered since ${minuteOf(incident.sinceMs)} (${state.sentence}): ${answer} (restart ${incident.asked} of this incident)` };
}

function sentenceOf(state: PartState, news: News, answer: string): string {
  const { part, sentence, incident } = state;
  const since = incident === null ? '' : minuteOf(incident.sinceMs);
  switch (news) {
    case 'restarted':
      return `${part} has not answered since ${since} (${sentence}): ${answer}`;
    case 'ended':
      return `${part} ended, and its supervisor has started it again; noticed at ${since}`;
    case 'needs-person':
      return `${part} has not been well since ${since} (${sentence})${answer === '' ? '' : `, and could not be started again (${answer})`}: somebody needs to look at it`;
    case 'gave-up':
      if (incident?.endsOften === true) return `${part} has ended again and again since ${minuteOf(state.endedMs?.[0] ?? incident.sinceMs)}, and its supervisor starts it again each time: somebody needs to look at it`;
      return `${part} has not been well since ${since} (${sentence}), and starting it again ${timesOf(incident)} did not help: gave up, somebody needs to look at it`;
    case 'well-again':
      return `${part} is well again (${sentence}), seen at ${minuteOf(state.lookedAtMs)}`;
  }
}

function timesOf(incident: Incident | null): string {
  const asked = incident?.asked ?? 0;
  return asked === 0 ? 'within the hour' : asked === 1 ? 'once' : `${asked} times`;
}

function minuteOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
