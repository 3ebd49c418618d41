import { Failure } from '../domain/failure.ts';

/** What the client's errors have in common: `code` of an answer, or of the network. */
interface ClusterError extends Error {
  readonly code?: number | string;
  readonly statusCode?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Call {
  /** As "apply Service almanac-shop-current in almanac". */
  readonly did: string;
  readonly server: string;
  /** Part of almanac.yaml that says how the cluster is reached. */
  readonly setting: string;
  /** File with the Role that the call needs. */
  readonly rights: string;
}

/** Which status an error carries; 0 where nothing was answered. */
export function statusOf(error: unknown): number {
  const { code, statusCode } = error instanceof Error ? (error as ClusterError) : {};
  // A time-out has a number for a code too (23): that of a DOMException.
  return typeof code === 'number' && code >= 100 ? code : (statusCode ?? 0);
}

/**
 * The API server's answer as a failure of ours. What only a person can mend (rights, another writer of a field, an object
 * that it does not accept) is final; overload, stalls and absence are worth another try, as late as it says.
 */
export function translateClusterError(error: unknown, { did, server, setting, rights }: Call): Failure {
  if (error instanceof Failure) return error;
  const status = statusOf(error);
  const said = messageOf(error);
  const refused = (what: string, advice: string): Failure => new Failure('cluster-refused', `Kubernetes at ${server} ${what} to ${did}: ${said}. ${advice}`, { cause: error });
  switch (status) {
    case 401:
      return refused('does not know who asks', `Look at ${setting}.kubeconfig, or at the service account of the worker`);
    case 403:
      return refused('does not allow', `An administrator grants it: ${rights} has the whole Role`);
    case 409:
      return refused('refuses', 'Somebody else writes these fields: let them stop, or take what they wrote away, then try again');
    case 400: case 404: case 405: case 415: case 422:
      return refused('does not accept', `Look at ${setting} in almanac.yaml, and whether the namespace is there`);
    default: {
      const seconds = Number((error as ClusterError).headers?.['retry-after']);
      const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
      const what = status === 0 ? 'does not answer' : `answers ${status}`;
      return new Failure('cluster-unavailable', `Kubernetes at ${server} ${what} when asked to ${did}: ${said}. It is asked again`, { cause: error, isFinal: false, ...wait });
    }
  }
}

function messageOf(error: unknown): string {
  const { body } = error as ClusterError;
  const parsed = typeof body === 'string' ? parse(body) : body;
  if (typeof parsed === 'object' && parsed !== null && 'message' in parsed && typeof parsed.message === 'string') return parsed.message.replaceAll(/\s+/g, ' ').trim();
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as ClusterError;
  return typeof code === 'string' ? code : (cause.message.split('\n')[0] ?? cause.name);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
