import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { quotaText, waitFor } from '../../domain/activity/ga4/google-quota.ts';
import { Failure } from '../../domain/failure.ts';
import { authorise, googleScopes, nameOf, type GoogleCredentials } from './credentials.ts';
import { isCredentialRefusal, readGoogleError, refusingQuota, translateGoogleError, type Question } from './translate-google-error.ts';
import type { analyticsdata_v1beta } from 'googleapis/build/src/apis/analyticsdata/v1beta.js';
import type { RequestReport } from '../../domain/activity/ga4/request-budget.ts';
import type { RequestBudget } from '../../ports/request-budget.ts';

export interface DataApiOptions {
  /** The number of the Google Analytics property. */
  readonly propertyId: string;
  readonly credentials: GoogleCredentials;
  /** Requests of all workers together that may be under way; Google allows ten to everybody who asks. */
  readonly concurrentRequests: number;
  /** Another server than Google's. */
  readonly rootUrl?: string;
  /** The limiter in front of the API; absent where a person asks once and the store is away. */
  readonly budget?: RequestBudget;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type Report = analyticsdata_v1beta.Schema$RunReportResponse;
export type ReportRequest = analyticsdata_v1beta.Schema$RunReportRequest;

export interface DataApi {
  /** `properties/123` */
  readonly name: string;
  /**
   * One report, asked for once, with the property's quota in its answer. Fails with `source-busy` when a quota or the
   * budget says "not now" (with how long), `source-unavailable` or `source-refused`; an aborted signal throws its reason.
   */
  runReport(request: ReportRequest, what: string, signal?: AbortSignal): Promise<Report>;
}

const timeoutMs = 60_000;
/** A place that is free in a second is waited for here; everything longer is the server's timer. */
const shortMs = 2000;
const mostShortWaits = 5;

/** The budget that all workers share for the reports of one property of Google Analytics. */
export function reportsBudget(propertyId: string): string {
  return `analyticsdata/properties/${propertyId}`;
}

/** The Analytics Data API v1beta through googleapis, loaded and authorised on the first request. Nothing is tried again here. */
export function createDataApi(options: DataApiOptions): DataApi {
  const { propertyId, credentials, rootUrl, budget, concurrentRequests, now } = options;
  const name = `properties/${propertyId}`;
  const budgetName = reportsBudget(propertyId);
  let api: Promise<analyticsdata_v1beta.Analyticsdata> | null = null;
  const open = async (): Promise<analyticsdata_v1beta.Analyticsdata> => {
    const [{ analyticsdata }, auth] = await Promise.all([import('googleapis/build/src/apis/analyticsdata/index.js'), authorise(credentials, googleScopes.analyticsData)]);
    return analyticsdata({ version: 'v1beta', auth, ...(rootUrl === undefined ? {} : { rootUrl }) });
  };
  const takeLeave = async (lease: string, what: string, signal?: AbortSignal): Promise<void> => {
    for (let waits = 0; ; waits += 1) {
      const grant = await budget?.take(budgetName, { lease, nowMs: now(), concurrentRequests });
      if (!grant || grant.isGranted) return;
      const waitMs = Math.max(1, grant.untilMs - now());
      if (waitMs > shortMs || waits >= mostShortWaits) {
        throw new Failure('source-busy', `the request for ${what} is held back before Google refuses it: ${quotaText(grant.because)}; it is asked at ${new Date(grant.untilMs).toISOString()}`, { isFinal: false, retryAfterMs: waitMs });
      }
      await sleep(waitMs, undefined, { signal });
    }
  };
  return {
    name,
    async runReport(request, what, signal) {
      const question: Question = { what, permission: `Viewer on ${name} in Google Analytics (Admin, Property access management)`, api: 'Google Analytics Data API', settings: 'propertyId', credentials: nameOf(credentials) };
      api ??= open();
      const opened = await api.catch((error: unknown) => {
        api = null; // somebody may put credentials there
        throw error;
      });
      const lease = randomUUID();
      await takeLeave(lease, what, signal);
      const askedAtMs = now();
      // The leave lapses by itself: a store that is away must not cost the answer, which has been paid for.
      const settle = (report: Partial<RequestReport>) => budget?.settle(budgetName, { lease, askedAtMs, nowMs: now(), ...report }).catch(() => undefined);
      try {
        const { data } = await opened.properties.runReport({ property: name, requestBody: { ...request, returnPropertyQuota: true } }, { retry: false, timeout: timeoutMs, responseType: 'json', signal });
        // A body that is cut off is handed over as text.
        if (typeof data !== 'object' || data === null) throw new Failure('source-unavailable', `Google's answer for ${what} broke off; it is asked again`, { isFinal: false });
        await settle({ quota: quotaOfReport(data) });
        return data;
      } catch (error) {
        const read = readGoogleError(error, now());
        const quota = refusingQuota(read);
        const waitMs = quota && waitFor(quota, now(), read.retryAfterMs);
        await settle({ isServerError: (read.status ?? 0) >= 500, ...(quota && waitMs ? { refusal: { quota, untilMs: now() + waitMs } } : {}) });
        signal?.throwIfAborted();
        if (isCredentialRefusal(read)) api = null; // somebody may put a new key in the file's place
        throw error instanceof Failure ? error : translateGoogleError(error, question, now());
      }
    },
  };
}

function quotaOfReport({ propertyQuota }: Report): RequestReport['quota'] {
  const { tokensPerHour, tokensPerProjectPerHour, tokensPerDay, serverErrorsPerProjectPerHour } = propertyQuota ?? {};
  if (!tokensPerHour || !tokensPerDay) return undefined;
  // A figure of 0 is left out of JSON by Google's servers.
  const share = tokensPerProjectPerHour ? (tokensPerProjectPerHour.remaining ?? 0) : Infinity;
  return { hourTokens: Math.min(tokensPerHour.remaining ?? 0, share), dayTokens: tokensPerDay.remaining ?? 0, taken: tokensPerHour.consumed ?? 0, serverErrorsLeft: serverErrorsPerProjectPerHour ? (serverErrorsPerProjectPerHour.remaining ?? 0) : 10 };
}
