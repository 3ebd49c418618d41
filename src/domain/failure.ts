/** Stable codes of what can go wrong for a user; programs match on them, people read the sentence. */
export type FailureCode =
  | 'bad-argument' | 'bad-configuration'
  | 'day-missing' | 'day-empty' | 'day-low-volume' | 'day-bad-rows' | 'day-changed-while-read' | 'check-failed'
  | 'week-unknown' | 'week-not-decided' | 'week-too-young' | 'property-unknown' | 'property-changed'
  | 'model-refused' | 'leak' | 'parity' | 'training-failed' | 'model-server-unavailable' | 'runner-unavailable'
  | 'artifact-missing' | 'artifact-corrupt' | 'store-unavailable' | 'probe-failed' | 'key-missing'
  | 'rollup-gap' | 'rollup-gone' | 'rollup-mismatch' | 'rollup-job-failed'
  | 'source-refused' | 'source-unavailable' | 'source-busy'
  | 'cluster-refused' | 'cluster-unavailable' | 'rollout-failed'
  | 'part-missing' | 'port-in-use' | 'busy';

/**
 * The one family of errors: a stable code and one sentence that quotes what was wrong, where, what was expected and
 * what to do next. Never holds a secret or a personal id.
 */
export class Failure extends Error {
  readonly code: FailureCode;
  /** True when trying again cannot help until somebody changes something. */
  readonly isFinal: boolean;
  /** How long to wait before the next try, where the other side said so; else whoever tries again decides. */
  readonly retryAfterMs: number | undefined;

  constructor(code: FailureCode, sentence: string, options: { cause?: unknown; isFinal?: boolean; retryAfterMs?: number } = {}) {
    super(sentence, { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.isFinal = options.isFinal ?? true;
    this.retryAfterMs = options.retryAfterMs;
  }
}
