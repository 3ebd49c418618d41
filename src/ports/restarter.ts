/** A process or a Deployment that somebody keeps running for us. */
export interface KeptPart {
  readonly part: string;
  /** How often it was started again by whoever keeps it, since they began; null where nobody counts. */
  readonly restarts: number | null;
}

export interface RestartAsked {
  readonly part: string;
  /** The same key is done once. */
  readonly key: string;
  readonly reason: string;
}

export interface RestartAnswer {
  /** True when the part was, or is being, started again. */
  readonly isDone: boolean;
  readonly sentence: string;
}

/** SOCKET: whoever can start a part again that lives and does not answer. */
export interface Restarter {
  /** What can be started again; nothing where nobody is there to do it. */
  parts(): Promise<readonly KeptPart[]>;
  restart(asked: RestartAsked): Promise<RestartAnswer>;
  /** For people: why it does not start this part again, which is not among its own, and what they can do. */
  advice(part: string): string;
}
