import type { Restarter } from './restarter.ts';

/** SOCKET: one look at one part. */
export interface PartProbe {
  readonly part: string;
  /** Parts without which it cannot be well. */
  readonly needs: readonly string[];
  /** Time from one look to the next; 0 looks in every round. */
  readonly everyMs: number;
  /** What it answers, in one line without a secret; rejects when it is not well. */
  look(signal: AbortSignal): Promise<string>;
}

/** What there is to be looked at, and who starts it again. */
export interface Health {
  /** How long one look may take. */
  readonly timeoutMs: number;
  /** Programs and servers. */
  readonly programs: readonly PartProbe[];
  /** Sources, and what is made of them. */
  readonly data: readonly PartProbe[];
  readonly restarter: Restarter;
}
