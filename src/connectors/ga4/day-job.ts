import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import { payerOf, viewerOf, type ExportPlace } from './export-tables.ts';
import { translateJobError, type Question } from './translate-google-error.ts';
import type { bigquery_v2 } from 'googleapis/build/src/apis/bigquery/index.js';
import type { BigQuery } from './bigquery.ts';

export interface DayJobOptions {
  readonly bigQuery: BigQuery;
  readonly place: ExportPlace;
  readonly location: string;
  readonly query: string;
  /** Jobs are named by it: hash of everything that decides what they answer and what they may cost. */
  readonly name: string;
  readonly maximumBytesBilled: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A finished job whose results can be read. */
export interface DayJob {
  readonly id: string;
  readonly location: string;
  /** Of this job and of those before it that answered the same question. */
  readonly bytesBilled: number;
  /** What to pass to `runDayJob` when its results turn out to be gone. */
  readonly number: number;
}

/** Results are kept for 24 hours; what is left must be enough for reading them. */
const usableMs = 20 * 3_600_000;
const mostJobs = 50;
const [firstPollMs, longestPollMs] = [250, 3000];

/**
 * Runs the day's query, or takes over the job that an earlier attempt started: its id is made from what is asked, so
 * trying again costs nothing and answers the same rows. Where that job failed or its results are no longer kept, the next
 * number is tried; a job is started at most once a call, and only its failure is the failure of the call.
 */
export async function runDayJob(options: DayJobOptions, from: { number: number; bytesBilled: number } = { number: 0, bytesBilled: 0 }): Promise<DayJob> {
  const { name, now } = options;
  let { bytesBilled } = from;
  for (let number = from.number; number < mostJobs; number += 1) {
    const id = `almanac_${name}_${number}`;
    const isOurs = await startJob(options, id);
    const { statistics, status, jobReference } = await finishedJob(options, id);
    bytesBilled += Number(statistics?.query?.totalBytesBilled ?? 0);
    if (status?.errorResult) {
      if (isOurs) throw translateJobError(status.errorResult, questionOf(options), now());
      continue;
    }
    // One that was started just now has its results, whatever this machine's clock says of it.
    if (!isOurs && now() - Number(statistics?.endTime ?? now()) > usableMs) continue;
    return { id, location: jobReference?.location ?? options.location, bytesBilled, number };
  }
  throw new Failure('source-refused', `${mostJobs} jobs for ${questionOf(options).what} failed or were lost; look at the jobs almanac_${name}_… of project ${options.place.billingProject}`);
}

/** What a query would read, in bytes, without running it. Fails like the query would. */
export async function priceOf(options: Omit<DayJobOptions, 'name' | 'now' | 'maximumBytesBilled'>): Promise<number> {
  const { data } = await options.bigQuery.ask({ ...questionOf(options), signal: options.signal }, (api, request) =>
    api.jobs.insert({ projectId: options.place.billingProject, requestBody: { jobReference: { projectId: options.place.billingProject, location: options.location }, configuration: { dryRun: true, query: { query: options.query, useLegacySql: false } } } }, request));
  return Number(data?.statistics?.totalBytesProcessed ?? data?.statistics?.query?.totalBytesProcessed ?? 0);
}

/** False when the job was there already. */
async function startJob({ bigQuery, place, location, query, maximumBytesBilled, signal, ...rest }: DayJobOptions, jobId: string): Promise<boolean> {
  const { data } = await bigQuery.ask({ ...questionOf({ place, query, ...rest }), prepared: [409], signal }, (api, request) =>
    api.jobs.insert({
      projectId: place.billingProject,
      requestBody: {
        jobReference: { projectId: place.billingProject, jobId, location },
        configuration: { query: { query, useLegacySql: false, maximumBytesBilled: String(maximumBytesBilled) }, labels: { application: 'almanac' } },
      },
    }, request));
  return data !== null;
}

async function finishedJob(options: DayJobOptions, jobId: string): Promise<bigquery_v2.Schema$Job> {
  const { bigQuery, place, location, signal } = options;
  for (let pollMs = firstPollMs; ; pollMs = Math.min(longestPollMs, pollMs * 2)) {
    const { data } = await bigQuery.ask({ ...questionOf(options), signal }, (api, request) => api.jobs.get({ projectId: place.billingProject, jobId, location }, request));
    if (data?.status?.state === 'DONE') return data;
    await sleep(pollMs, undefined, { signal });
  }
}

function questionOf({ place }: Pick<DayJobOptions, 'place'> & { query?: string }): Question {
  return { what: `the query of dataset ${place.dataset} in project ${place.billingProject}`, permission: `${payerOf(place)}, and ${viewerOf(place)}` };
}
