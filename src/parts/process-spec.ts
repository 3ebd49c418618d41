/** How one process of ours is run: what the parts hand to the supervisor. */
export interface ProcessSpec {
  /** Names its log and pid files; kebab-case. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Done before every start: folders, configuration files, a look whether the port is free. */
  readonly prepare?: () => Promise<void>;
  /** One attempt, repeated until it resolves; rejecting means not yet. Without it a process is ready once started. */
  readonly ready?: () => Promise<unknown>;
  /** 60 s unless said. */
  readonly readyTimeoutMs?: number;
  /** Whether it still answers once it is ready; without it only its end is seen. For what no worker can look at in its stead. */
  readonly liveness?: Liveness;
  /** SIGTERM unless said. */
  readonly stopSignal?: NodeJS.Signals;
  /** After the stop signal, before SIGKILL; 20 s unless said. */
  readonly stopTimeoutMs?: number;
  /** `always` unless said: whatever ends without having been stopped is started again. */
  readonly restart?: 'always' | 'never';
}

/** `look` rejects when there is no answer, within a time of its own; so many in a row mean that the process hangs. */
export interface Liveness {
  readonly look: () => Promise<unknown>;
  readonly everyMs: number;
  readonly failures: number;
}

/** Says what happens, for a log; fields hold figures and names. */
export type Log = (message: string, fields?: Readonly<Record<string, unknown>>) => void;
