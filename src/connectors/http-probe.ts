import { Failure } from '../domain/failure.ts';
import type { PartProbe } from '../ports/part-probe.ts';

export interface HttpProbeOptions {
  readonly part: string;
  readonly url: string;
  readonly needs?: readonly string[];
  /** Of the status; a server that answers anything is there. */
  readonly isWell?: (status: number) => boolean;
}

const LONGEST_BODY = 200;

/** PLUG: a part that answers HTTP. */
export function httpProbe({ part, url, needs = [], isWell = () => true }: HttpProbeOptions): PartProbe {
  return {
    part, needs, everyMs: 0,
    async look(signal) {
      const response = await fetch(url, { signal }).catch((cause: unknown) => {
        throw new Failure('probe-failed', `${url} cannot be reached (${reasonOf(cause)})`, { cause, isFinal: false });
      });
      const body = (await response.text()).slice(0, LONGEST_BODY);
      if (!isWell(response.status)) throw new Failure('probe-failed', `${url} answers ${response.status}: ${body}`, { isFinal: false });
      return `answers ${response.status}`;
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : error.message;
}
