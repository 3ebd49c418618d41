import { Failure } from '../../domain/failure.ts';
import { authorise, nameOf, type GoogleCredentials } from './credentials.ts';
import { isCredentialRefusal, readGoogleError, translateGoogleError, type Question } from './translate-google-error.ts';
import type { bigquery_v2 } from 'googleapis/build/src/apis/bigquery/index.js';

/** Options that every request must carry. */
export interface RequestOptions {
  readonly retry: false;
  readonly timeout: number;
  readonly responseType: 'json';
  readonly signal?: AbortSignal;
}

/** What came back; `data` is null for a status that the caller was prepared for. */
export interface Answer<Data> {
  readonly data: Data | null;
  readonly status: number;
  readonly message: string;
}

export interface BigQuery {
  /**
   * One request, tried once. Every error is a Failure (see translate-google-error.ts) but for `prepared` statuses, whose
   * answer has no data, and an aborted signal, whose reason is thrown.
   */
  ask<Data>(question: Question & { prepared?: readonly number[]; signal?: AbortSignal }, request: (api: bigquery_v2.Bigquery, options: RequestOptions) => Promise<{ data: Data }>): Promise<Answer<Data>>;
}

/** Longer than a page of 10 MB takes on a slow line. */
const timeoutMs = 60_000;

/** BigQuery's REST API through googleapis, which is loaded (190 ms, 26 MiB) and authorised on the first request. */
export function createBigQuery({ credentials, rootUrl, now }: { credentials: GoogleCredentials; rootUrl?: string; now(): number }): BigQuery {
  let api: Promise<bigquery_v2.Bigquery> | null = null;
  const open = async (): Promise<bigquery_v2.Bigquery> => {
    // The package's own entry would load all 400 APIs: 116 MiB and two seconds.
    const [{ bigquery }, auth] = await Promise.all([import('googleapis/build/src/apis/bigquery/index.js'), authorise(credentials)]);
    return bigquery({ version: 'v2', auth, ...(rootUrl === undefined ? {} : { rootUrl }) });
  };
  return {
    async ask({ prepared = [], signal, ...question }, request) {
      api ??= open();
      const opened = await api.catch((error: unknown) => {
        api = null; // somebody may put credentials there
        throw error;
      });
      try {
        const { data } = await request(opened, { retry: false, timeout: timeoutMs, responseType: 'json', signal });
        // A body that is cut off is handed over as text.
        if (typeof data !== 'object' || data === null) throw new Failure('source-unavailable', `Google's answer for ${question.what} broke off; it is asked again`, { isFinal: false });
        return { data, status: 200, message: '' };
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof Failure) throw error;
        const read = readGoogleError(error, now());
        const { status, message } = read;
        if (status !== null && prepared.includes(status)) return { data: null, status, message };
        if (isCredentialRefusal(read)) api = null; // somebody may put a new key in the file's place
        throw translateGoogleError(error, { ...question, credentials: nameOf(credentials) }, now());
      }
    },
  };
}
