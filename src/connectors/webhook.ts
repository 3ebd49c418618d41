import { Failure } from '../domain/failure.ts';
import type { Notice, Notifier } from '../ports/notifier.ts';

const TIMEOUT_MS = 5000;
const REMEMBERED = 1000;

/** PLUG: notices as a JSON POST to a webhook. The id travels along, so that a receiver can drop what it has; each id is sent once a process. */
export function createWebhook({ url, log }: { url: string | undefined; log: (notice: Notice) => void }): Notifier {
  const told = new Set<string>();
  return {
    async tell(notice) {
      if (told.has(notice.id)) return;
      log(notice);
      if (url !== undefined) await post(url, notice);
      told.add(notice.id);
      if (told.size > REMEMBERED) told.delete(told.values().next().value as string); // a set of this size has a first member
    },
  };
}

async function post(url: string, notice: Notice): Promise<void> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': notice.id };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(notice), signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((cause: unknown) => {
    throw new Failure('busy', `the webhook cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, { cause, isFinal: false });
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Failure('busy', `the webhook answered ${response.status}; expected 2xx`, { isFinal: false });
}
