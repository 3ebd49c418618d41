import { request } from 'node:http';
import { join } from 'node:path';
import { Failure } from '../domain/failure.ts';
import { supervisorSocket } from '../domain/health/supervisor-socket.ts';
import type { RestartAnswer, Restarter } from '../ports/restarter.ts';

const LIST_MS = 5000;
/** A process that does not listen to its stop signal is killed after five seconds. */
const RESTART_MS = 30_000;

const SENTENCES = { restarted: 'its supervisor starts it again', 'under-way': 'its supervisor is starting it already', 'given-up': 'its supervisor has given it up' } as const;

/** PLUG: the supervisor of `npm start` as whoever starts parts again. Where none runs in this home, nothing is kept. */
export function supervisorOf(home: string): Restarter {
  const socketPath = join(home, 'run', supervisorSocket);
  return {
    async parts() {
      const listed = (await ask({ socketPath, method: 'GET', path: '/parts', timeoutMs: LIST_MS })) as readonly { name: string; restarts: number }[] | null;
      return (listed ?? []).map(({ name, restarts }) => ({ part: name, restarts }));
    },
    advice: (part) => `no supervisor in ${home} keeps ${part}: it is started again by hand`,
    async restart(asked): Promise<RestartAnswer> {
      const answer = (await ask({ socketPath, method: 'POST', path: '/restart', body: asked, timeoutMs: RESTART_MS })) as { outcome: keyof typeof SENTENCES } | null;
      if (answer === null) return { isDone: false, sentence: `no supervisor runs in ${home}` };
      return { isDone: answer.outcome !== 'given-up', sentence: SENTENCES[answer.outcome] };
    },
  };
}

/** Null where nobody listens. */
function ask({ socketPath, method, path, body, timeoutMs }: { socketPath: string; method: string; path: string; body?: object; timeoutMs: number }): Promise<unknown> {
  const failed = (why: string, cause?: unknown) => new Failure('busy', `the supervisor at ${socketPath} ${why}`, { cause, isFinal: false });
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('error', (cause) => reject(failed('stopped in the middle of its answer', cause))).on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(failed(`answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    call.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED') resolve(null);
      else reject(failed(`did not answer (${cause.message})`, cause));
    });
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
