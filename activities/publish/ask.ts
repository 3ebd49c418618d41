/** What one GET said. `status` 0: nothing came back. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** One GET over a connection of its own, so that every probe meets the process that takes new connections now. */
export async function ask(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  try {
    const response = await fetch(url, { headers: { ...headers, connection: 'close' }, redirect: 'manual', signal: AbortSignal.timeout(5_000) });
    return { status: response.status, body: (await response.json().catch(() => null)) as Answer['body'] };
  } catch {
    return { status: 0, body: null };
  }
}
