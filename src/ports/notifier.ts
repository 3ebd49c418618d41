/** Something a person should know. Never holds a personal id or a secret. */
export interface Notice {
  /** The same id is told once. */
  readonly id: string;
  readonly kind: string;
  readonly property: string;
  readonly subject: string;
  readonly sentence: string;
}

/** SOCKET: telling people. */
export interface Notifier {
  tell(notice: Notice): Promise<void>;
}
