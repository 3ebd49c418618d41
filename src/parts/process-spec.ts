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
  /** SIGTERM unless said. */
  readonly stopSignal?: NodeJS.Signals;
  /** After the stop signal, before SIGKILL; 20 s unless said. */
  readonly stopTimeoutMs?: number;
  /** `always` unless said: whatever ends without having been stopped is started again. */
  readonly restart?: 'always' | 'never';
}

/** Says what happens, for a log; fields hold figures and names. */
export type Log = (message: string, fields?: Readonly<Record<string, unknown>>) => void;
