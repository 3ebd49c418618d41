import { furtherRestartLine, lineOf } from './health-line.ts';
import { cannotRestart } from './judge-part.ts';
import { owed, type HealthLine, type HealthState, type RoundJudged } from './judge-round.ts';

/** What whoever starts parts again said of one. */
export interface RestartDone {
  readonly part: string;
  readonly isDone: boolean;
  readonly sentence: string;
}

/** A round with what came of its restarts: what is known from here on, what has to be written and what people have to be told. */
export function settleRound(before: HealthState, { parts, news }: RoundJudged, restarts: readonly RestartDone[]): HealthState {
  const written: HealthLine[] = [];
  const told: HealthLine[] = [];
  const settled = parts.map((state) => {
    const answer = restarts.find(({ part }) => part === state.part);
    if (answer === undefined || state.incident === null) return state;
    if (answer.isDone && state.incident.asked > 1) written.push(furtherRestartLine(state, state.incident, answer.sentence));
    else told.push(lineOf(state, answer.isDone ? 'restarted' : 'needs-person', answer.sentence));
    return answer.isDone ? state : cannotRestart(state);
  });
  told.push(...news.filter(({ news: what }) => what !== 'restarted').map(({ state, news: what }) => lineOf(state, what)));
  return { parts: settled, unwritten: owed([...before.unwritten, ...written, ...told]), untold: owed([...before.untold, ...told]) };
}
