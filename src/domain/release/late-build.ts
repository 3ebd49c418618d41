import { revisionId } from './ids.ts';
import { STAGES, type StageRow } from './stages.ts';
import type { Week } from '../calendar/week.ts';

/** What people are told of a revision that is still built after so many hours: at which stage it stands, and where to look. */
export function lateSentence({ property, week, revision, stages, hours }: { property: string; week: Week; revision: number; stages: readonly StageRow[]; hours: number }): string {
  const running = stages.find(({ state }) => state === 'running');
  const isDone = (name: string): boolean => stages.some(({ stage, state }) => stage === name && state === 'done');
  const next = STAGES.find((stage) => !isDone(stage)) ?? 'days'; // all are done: those of the revision before it
  const where = running ? `is still at stage ${running.stage}` : `still waits to begin stage ${next}${next === 'train' ? ', for which the week before must be decided' : ''}`;
  return `revision ${revision} of ${week} ${where} after ${hours} hours. It goes on by itself when what it needs is there; what its steps met is under ${revisionId(property, week, revision)} in the Web UI.`;
}
