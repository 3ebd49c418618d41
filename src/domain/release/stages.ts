/** The stages of a week, in order. The first waits; each later one is built from the ones before it. */
export const STAGES = ['days', 'extract', 'train', 'accept', 'score', 'publish'] as const;
export type Stage = (typeof STAGES)[number];

export type StageState = 'waiting' | 'running' | 'done' | 'failed';

/** One line of the stage table that people see in the Web UI and in `almanac week status`. */
export interface StageRow {
  readonly stage: Stage;
  readonly state: StageState;
  /** What came out, in figures; no personal ids. */
  readonly figures: string;
  readonly tookMs: number | null;
}

/** `text` as a stage, or RangeError naming the stages there are. */
export function parseStage(text: string): Stage {
  const stage = STAGES.find((known) => known === text);
  if (stage === undefined) throw new RangeError(`"${text}" is not a stage; expected one of ${STAGES.join(', ')}`);
  return stage;
}

/** Must `stage` be worked again when a re-run starts at `from`? */
export function isForced(stage: Stage, from: Stage | null): boolean {
  return from !== null && STAGES.indexOf(stage) >= STAGES.indexOf(from);
}

/** `rows` with the row of its stage replaced, or put at the end. */
export function withStage(rows: readonly StageRow[], row: StageRow): StageRow[] {
  const others = rows.filter(({ stage }) => stage !== row.stage);
  return [...others, row].sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
}

/** The stage table as Markdown, which the Web UI renders. */
export function stageTable(rows: readonly StageRow[]): string {
  const lines = rows.map(({ stage, state, figures, tookMs }) => `| ${stage} | ${state} | ${figures} | ${tookMs === null ? '' : formatSeconds(tookMs)} |`);
  return ['| stage | state | figures | took |', '|---|---|---|---|', ...lines].join('\n');
}

/** Milliseconds as whole seconds, tenths below ten seconds. */
export function formatSeconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
