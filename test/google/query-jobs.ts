import { answerDayQuery, readDayQuery } from './day-query.ts';
import { toWire } from './ga4-schema.ts';
import { GoogleRefusal } from './refusal.ts';
import type { TableField } from '../../src/domain/activity/ga4/wire-row.ts';
import type { DatasetTables } from './export-tables.ts';
import type { Rows } from './seeded-rows.ts';

interface JobBody {
  readonly jobReference?: { readonly projectId?: string; readonly jobId?: string; readonly location?: string };
  readonly configuration?: { readonly dryRun?: boolean; readonly query?: { readonly query?: string; readonly maximumBytesBilled?: string }; readonly labels?: object };
}

interface Job {
  readonly body: JobBody;
  readonly createdMs: number;
  readonly fields: readonly TableField[];
  readonly rows: Rows;
  readonly bytes: number;
  readonly error: { readonly reason: string; readonly message: string } | null;
  pollsToCome: number;
  isExpired: boolean;
}

export interface Page { readonly start: number; readonly rows: number; readonly answer: object }

export interface QueryJobs {
  insert(body: JobBody): object;
  get(id: string): object;
  page(id: string, ask: { start: number; most: number; tokenOf(start: number): string }): Page;
  /** Results go after 24 hours; here, when a test says so. */
  expire(): void;
  /** Jobs started from now on are `RUNNING` for so many looks. */
  slowDown(polls: number): void;
  /** The next jobs end with this error. */
  fail(error: { reason: string; message: string }, times: number): void;
  /** Bytes billed by all jobs so far. */
  billed(): number;
}

const mebibyte = 2 ** 20;
const hour = 3_600_000;

/** Query jobs of BigQuery: an id is given once, results are those of the moment the job was started. */
export function queryJobs({ project, dataset, location, tables, now }: { project: string; dataset: string; location: string; tables: DatasetTables; now: () => number }): QueryJobs {
  const jobs = new Map<string, Job>();
  let polls = 0;
  let failures: { reason: string; message: string }[] = [];
  const find = (id: string): Job => {
    const job = jobs.get(id);
    if (!job) throw new GoogleRefusal(404, 'notFound', `Not found: Job ${project}:${id}`);
    return job;
  };
  const billedOf = (job: Job): number => (job.error ? 0 : Math.max(10, Math.ceil(job.bytes / mebibyte)) * mebibyte);
  const shown = (id: string, job: Job): object => {
    const isDone = job.pollsToCome <= 0;
    return {
      kind: 'bigquery#job',
      id: `${project}:${location}.${id}`,
      jobReference: { projectId: project, jobId: id, location },
      configuration: { jobType: 'QUERY', ...job.body.configuration },
      status: { state: isDone ? 'DONE' : 'RUNNING', ...(isDone && job.error ? { errorResult: job.error, errors: [job.error] } : {}) },
      statistics: {
        creationTime: String(job.createdMs), startTime: String(job.createdMs), ...(isDone ? { endTime: String(job.createdMs) } : {}),
        query: { totalBytesProcessed: String(job.bytes), totalBytesBilled: String(isDone ? billedOf(job) : 0), cacheHit: false, statementType: 'SELECT' },
      },
    };
  };

  return {
    insert(body) {
      const { jobReference = {}, configuration = {} } = body;
      const { query: sql = '', maximumBytesBilled } = configuration.query ?? {};
      const asked = readDayQuery(sql);
      if (!asked || asked.project !== project || asked.dataset !== dataset) throw new GoogleRefusal(400, 'invalidQuery', 'Syntax error: only the query of the export is known here');
      if (jobReference.location && jobReference.location !== location) throw new GoogleRefusal(404, 'notFound', `Not found: Dataset ${project}:${dataset} was not found in location ${jobReference.location}`);
      const state = tables.at(asked.table, now());
      if (!state) throw new GoogleRefusal(404, 'notFound', `Not found: Table ${project}:${dataset}.${asked.table} was not found in location ${location}`);
      const answer = answered(() => answerDayQuery(asked, state.fields, state.rows ?? []));
      if (configuration.dryRun) return { kind: 'bigquery#job', configuration, status: { state: 'DONE' }, statistics: { totalBytesProcessed: String(answer.bytes), query: { totalBytesProcessed: String(answer.bytes), totalBytesBilled: '0' } } };
      const id = jobReference.jobId ?? `job_${jobs.size}`;
      if (jobs.has(id)) throw new GoogleRefusal(409, 'duplicate', `Already Exists: Job ${project}:${location}.${id}`);
      const isTooDear = maximumBytesBilled !== undefined && answer.bytes > Number(maximumBytesBilled);
      const error = isTooDear ? { reason: 'bytesBilledLimitExceeded', message: `Query exceeded limit for bytes billed: ${maximumBytesBilled}. ${answer.bytes} or higher required.` } : (failures.shift() ?? null);
      const job: Job = { body, createdMs: now(), ...answer, error, pollsToCome: polls, isExpired: false };
      jobs.set(id, job);
      return shown(id, { ...job, pollsToCome: 1 });
    },
    get(id) {
      const job = find(id);
      job.pollsToCome -= 1;
      return shown(id, job);
    },
    page(id, { start, most, tokenOf }) {
      const job = find(id);
      if (job.error) throw new GoogleRefusal(400, job.error.reason, job.error.message);
      if (job.isExpired || now() - job.createdMs > 24 * hour) throw new GoogleRefusal(404, 'notFound', `Not found: Table ${project}:_anonymous.anon${id}`);
      const rows = job.rows.slice(start, start + most);
      const end = start + rows.length;
      return {
        start, rows: rows.length,
        answer: {
          kind: 'bigquery#getQueryResultsResponse', jobReference: { projectId: project, jobId: id, location }, jobComplete: true, cacheHit: false,
          schema: { fields: job.fields }, totalRows: String(job.rows.length), totalBytesProcessed: String(job.bytes),
          ...(rows.length > 0 ? { rows: rows.map((row) => toWire(job.fields, row)) } : {}),
          ...(end < job.rows.length ? { pageToken: tokenOf(end) } : {}),
        },
      };
    },
    expire: () => jobs.forEach((job) => (job.isExpired = true)),
    slowDown: (count) => void (polls = count),
    fail: (error, times) => void (failures = Array.from({ length: times }, () => error)),
    billed: () => [...jobs.values()].reduce((sum, job) => sum + billedOf(job), 0),
  };
}

function answered<Answer>(answer: () => Answer): Answer {
  try {
    return answer();
  } catch (error) {
    throw new GoogleRefusal(400, 'invalidQuery', (error as Error).message);
  }
}
