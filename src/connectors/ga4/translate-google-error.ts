import { quotaOf, quotaText, waitFor, type GoogleQuota } from '../../domain/activity/ga4/google-quota.ts';
import { Failure } from '../../domain/failure.ts';

/** What was asked for, and what a person can do when it is refused. */
export interface Question {
  /** `table analytics_1.events_20260103 of project shop` */
  readonly what: string;
  /** The role that allows it and the resource it is needed on. */
  readonly permission: string;
  /** The API that is asked; BigQuery unless said. */
  readonly api?: string;
  /** What to look at when a thing is not there; unless said, where the export lies. */
  readonly settings?: string;
  /** How the credentials are called; `the credentials of the source` unless said. */
  readonly credentials?: string;
}

/** An error answer of Google, as far as it can be read. */
export interface GoogleError {
  /** Null when no answer came: a reset, a time-out, half a page. */
  readonly status: number | null;
  /** Google's own word: `accessDenied`, `quotaExceeded`, `invalid_grant`, … or the system's code. */
  readonly reason: string;
  /** One line, without addresses of mail: a principal is a person. */
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

/** Reasons that come with 403 or 429 and pass by themselves. */
const limits = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded', 'jobRateLimitExceeded', 'concurrentQueriesLimitExceeded', 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED', 'resourceInUse']);
/** Reasons of failed jobs that another job may not meet. */
const passing = new Set(['backendError', 'internalError', 'jobBackendError', 'jobInternalError', 'tableUnavailable', 'stopped', 'timeout']);
const longestMessage = 240;

/**
 * Google's error as one of ours. Never final: quota and rate limits (`source-busy`), 408, 5xx and broken connections
 * (`source-unavailable`). Final until somebody changes something: 400, 401, 403 and everything else (`source-refused`).
 */
export function translateGoogleError(error: unknown, question: Question, nowMs: number): Failure {
  return failureOf(readGoogleError(error, nowMs), question, nowMs);
}

/** The same for a job that ended with an error: its `reason` takes the place of a status. */
export function translateJobError(job: { reason?: string | null; message?: string | null } | undefined, question: Question, nowMs: number): Failure {
  const reason = job?.reason ?? 'unknown';
  const status = limits.has(reason) ? 429 : passing.has(reason) ? 503 : reason === 'accessDenied' ? 403 : reason === 'notFound' ? 404 : 400;
  return failureOf({ status, reason, message: oneLine(job?.message ?? ''), retryAfterMs: undefined }, question, nowMs);
}

/** The quota that an error is about; null for every other error. */
export function refusingQuota({ status, reason, message }: GoogleError): GoogleQuota | null {
  return status === 429 || (status === 403 && limits.has(reason)) ? quotaOf({ reason, message }) : null;
}

/** Google knows who asked and takes it for nobody: a token or a key that is not valid, or no longer. */
export function isCredentialRefusal({ status, reason }: Pick<GoogleError, 'status' | 'reason'>): boolean {
  return status === 401 || reason.startsWith('invalid_') || reason === 'unauthorized_client';
}

/** Reads what gaxios throws; the error itself is never kept as a cause, because it carries the request with its token. */
export function readGoogleError(error: unknown, nowMs: number): GoogleError {
  const { response, code, message = '' } = (error ?? {}) as { response?: ErrorResponse; code?: unknown; message?: string };
  if (!response) return { status: null, reason: typeof code === 'string' ? code : 'no answer', message: oneLine(message), retryAfterMs: undefined };
  const body = response.data?.error;
  const said = typeof body === 'object' ? body : undefined;
  return {
    status: response.status,
    reason: (typeof body === 'string' ? body : undefined) ?? said?.errors?.[0]?.reason ?? said?.details?.find(({ reason }) => reason)?.reason ?? said?.status ?? 'unknown',
    message: oneLine(said?.message ?? response.data?.error_description ?? ''),
    retryAfterMs: retryAfter(response.headers, nowMs),
  };
}

interface ErrorResponse {
  readonly status: number;
  readonly headers?: { get?(name: string): string | null };
  readonly data?: { readonly error?: string | { readonly message?: string; readonly status?: string; readonly errors?: readonly { readonly reason?: string }[]; readonly details?: readonly { readonly reason?: string }[] }; readonly error_description?: string };
}

function failureOf(error: GoogleError, question: Question, nowMs: number): Failure {
  const { status, reason, message, retryAfterMs } = error;
  const { what } = question;
  const quota = refusingQuota(error);
  const said = `${status ?? 'no answer'} ${reason}${message ? `: ${message}` : ''}`;
  if (quota !== null) {
    return new Failure('source-busy', `Google is asked for more than a quota allows at ${what}: ${quotaText(quota)} (${said}); it is asked again later`, { isFinal: false, retryAfterMs: waitFor(quota, nowMs, retryAfterMs) });
  }
  if (status === null || status === 408 || status >= 500) {
    return new Failure('source-unavailable', `Google did not answer for ${what} (${said}); it is asked again`, { isFinal: false, retryAfterMs });
  }
  return new Failure('source-refused', `Google refused ${what} (${said}). ${remedyOf(status, reason, question)}`);
}

function remedyOf(status: number, reason: string, { permission, api = 'BigQuery API', settings = 'project, dataset and location', credentials = 'the credentials of the source' }: Question): string {
  if (reason === 'accessNotConfigured' || reason === 'SERVICE_DISABLED') return `Enable the ${api} in the Google Cloud console of this project`;
  if (reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' || reason === 'insufficientPermissions') return `The credentials of the source may not ask the ${api}: make them anew with its scope (gcloud auth application-default login --scopes=…), or use a service account`;
  if (reason === 'bytesBilledLimitExceeded') return 'Select fewer columns, or raise maximumBytesBilled of the source';
  if (reason === 'resourcesExceeded' || reason === 'responseTooLarge') return 'Select fewer columns and parameters of the source';
  if (reason === 'billingNotEnabled' || reason === 'billingTierLimitExceeded') return 'Enable billing for the project that pays (billingProject of the source)';
  if (isCredentialRefusal({ status, reason })) return `Check that ${credentials} still exist and are valid, and that this machine's clock is right`;
  if (status === 403) return `Grant ${permission}`;
  if (status === 404) return `Check ${settings} of the source`;
  return 'Check the settings of the source (npx almanac source check)';
}

function retryAfter(headers: ErrorResponse['headers'], nowMs: number): number | undefined {
  // The library's Headers are not the platform's class.
  const text = typeof headers?.get === 'function' ? headers.get('retry-after') : undefined;
  if (!text) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.round(seconds * 1000)) : undefined;
}

function oneLine(message: string): string {
  return message.replace(/\S+@\S+/g, '…').replace(/\s+/g, ' ').trim().slice(0, longestMessage);
}
