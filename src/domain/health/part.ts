/** What one look at a part found. */
export interface Outcome {
  /** `cassandra`, `temporal`, `endpoint`, `model-server`, `worker`, `source/<property>`, `clock/<rollup>`. */
  readonly part: string;
  readonly isUp: boolean;
  /** One line without a secret: what it answered, or why it is not well. */
  readonly sentence: string;
  /** Parts without which it cannot be well: while one of them is down, nothing is held against it. */
  readonly needs: readonly string[];
  /** True where somebody can start it again for us: a supervisor, or a cluster. */
  readonly canRestart: boolean;
  /** How often its supervisor has started it again since the supervisor itself began; null where nobody counts. */
  readonly restarts: number | null;
}

/** From the first look that failed to the last of so many good ones; a part that flaps stays in one. */
export interface Incident {
  /** From part and beginning: whoever works on the same incident names it alike. */
  readonly id: string;
  readonly sinceMs: number;
  /** Restarts that were asked for in it. */
  readonly asked: number;
  /** Before this moment a restart is given time to help. */
  readonly nextRestartMs: number;
  /** Somebody was told that the part needs a person: nothing more is tried until it is well. */
  readonly needsPerson: boolean;
  /** That was, because it ended again and again: it is over after an hour without. */
  readonly endsOften?: true;
}

/** What is known of a part from one round to the next. */
export interface PartState {
  readonly part: string;
  readonly isUp: boolean;
  readonly sentence: string;
  readonly lookedAtMs: number;
  /** Looks in a row that failed, the beginning of them, and looks in a row that did not. */
  readonly failures: number;
  readonly failingSinceMs: number;
  readonly wells: number;
  /** Of its supervisor, as it was counted last. */
  readonly restarts: number | null;
  readonly incident: Incident | null;
  /** Looks of the last hour that found it up and had it ended since the one before: what ends while its cause is away is one. Absent in results of rounds from before it was counted. */
  readonly endedMs?: readonly number[];
  /** When restarts were asked for within the last hour. */
  readonly askedMs: readonly number[];
  /** Restarts that were ever asked for. */
  readonly askedEver: number;
}

export interface HealthRules {
  /** Looks in a row that must fail before a part counts as not answering. */
  readonly failures: number;
  /** Looks in a row that must be good before an incident is over. */
  readonly calm: number;
  /** Restarts that are asked for; and ends under its own supervisor, after which one more calls a person. */
  readonly mostRestartsPerHour: number;
  /** How long a restart is given to help; doubled with each further one of the incident. */
  readonly settleSeconds: number;
}
