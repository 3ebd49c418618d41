import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { datasetTables, type DatasetTables } from './export-tables.ts';
import { faultScript, type Fault, type FaultScript, type Operation } from './faults.ts';
import { toWire } from './ga4-schema.ts';
import { queryJobs, type QueryJobs } from './query-jobs.ts';
import { GoogleRefusal } from './refusal.ts';
import { tokenEndpoint, type TokenEndpoint } from './token-endpoint.ts';
import type { AddressInfo } from 'node:net';

/** One request that came, and what became of it. */
export interface Asked {
  readonly operation: Operation | 'unknown';
  readonly path: string;
  readonly status: number;
  readonly fault: Fault['kind'] | null;
  /** Of a page: its first row, how many rows it has, and how many it may have. */
  readonly start?: number;
  readonly rows?: number;
  readonly most?: number;
}

export interface GoogleServer {
  readonly rootUrl: string;
  readonly project: string;
  readonly dataset: string;
  readonly tables: DatasetTables;
  readonly jobs: QueryJobs;
  /** At `token`: what it gives is what requests must carry, where the server is guarded. */
  readonly tokens: TokenEndpoint;
  readonly faults: FaultScript;
  /** Everything that was asked so far, in order. */
  readonly log: readonly Asked[];
  /** First rows of the pages that arrived whole. */
  pages(): number[];
  asked(operation: Operation): number;
  forget(): void;
  dispose(): Promise<void>;
}

interface Options {
  readonly now: () => number;
  readonly project?: string;
  readonly dataset?: string;
  readonly location?: string;
  /** Rows of a page however many are asked for: Google ends a page at 10 MB. */
  readonly mostPageRows?: number;
  /** Whom tokens were given to may ask, and nobody else; without it any token will do. */
  readonly isGuarded?: boolean;
}

export type Reply = { readonly answer: object; readonly start?: number; readonly rows?: number };
type Ask = { readonly url: URL; readonly body: string; readonly fault: Fault | null; readonly parts: readonly string[] };

/** A stand-in for BigQuery with one export dataset, on loopback: the requests that the export plug makes, in the shapes of the v2 REST API. */
export async function startGoogleServer({ now, project = 'almanac-tests', dataset = 'analytics_123456789', location = 'EU', mostPageRows = Infinity, isGuarded = false }: Options): Promise<GoogleServer> {
  const tables = datasetTables();
  const jobs = queryJobs({ project, dataset, location, tables, now });
  const tokens = tokenEndpoint();
  const faults = faultScript();
  const log: Asked[] = [];

  const notFound = (what: string): GoogleRefusal => new GoogleRefusal(404, 'notFound', `Not found: ${what}`);
  const here = (parts: readonly string[]): void => {
    if (parts[0] !== project) throw notFound(`Project ${parts[0] ?? ''}`);
    if (parts[1] !== undefined && parts[1] !== dataset) throw notFound(`Dataset ${project}:${parts[1]}`);
  };
  const routes: readonly { operation: Operation; method: string; path: RegExp; reply(ask: Ask): Reply }[] = [
    { operation: 'token', method: 'POST', path: /^\/token$/, reply: ({ body }) => ({ answer: tokens.give(body, `${rootUrl()}token`) }) },
    { operation: 'datasets.get', method: 'GET', path: /^\/bigquery\/v2\/projects\/([^/]+)\/datasets\/([^/]+)$/, reply({ parts }) {
      here(parts);
      return { answer: { kind: 'bigquery#dataset', id: `${project}:${dataset}`, datasetReference: { projectId: project, datasetId: dataset }, location } };
    } },
    { operation: 'tables.list', method: 'GET', path: /^\/bigquery\/v2\/projects\/([^/]+)\/datasets\/([^/]+)\/tables$/, reply({ parts, url }) {
      here(parts);
      const from = Number(url.searchParams.get('pageToken') ?? 0);
      const all = tables.list(now());
      const some = all.slice(from, from + Number(url.searchParams.get('maxResults') ?? 50));
      const end = from + some.length;
      return { answer: { kind: 'bigquery#tableList', totalItems: all.length, tables: some.map((tableId) => ({ kind: 'bigquery#table', id: `${project}:${dataset}.${tableId}`, tableReference: { projectId: project, datasetId: dataset, tableId }, type: 'TABLE' })), ...(end < all.length ? { nextPageToken: String(end) } : {}) } };
    } },
    { operation: 'tables.get', method: 'GET', path: /^\/bigquery\/v2\/projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)$/, reply({ parts, fault }) {
      here(parts);
      const tableId = parts[2] ?? '';
      const state = tables.at(tableId, now(), fault?.kind === 'older-state' ? 1 : 0);
      if (!state) throw notFound(`Table ${project}:${dataset}.${tableId}`);
      return { answer: { kind: 'bigquery#table', id: `${project}:${dataset}.${tableId}`, tableReference: { projectId: project, datasetId: dataset, tableId }, type: 'TABLE', location, schema: { fields: state.fields }, numBytes: String(state.numBytes), numRows: String(state.rows?.length ?? 0), creationTime: String(state.fromMs), lastModifiedTime: String(state.fromMs) } };
    } },
    { operation: 'tabledata.list', method: 'GET', path: /^\/bigquery\/v2\/projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)\/data$/, reply({ parts, url }) {
      here(parts);
      const state = tables.at(parts[2] ?? '', now());
      if (!state) throw notFound(`Table ${project}:${dataset}.${parts[2] ?? ''}`);
      const selected = url.searchParams.get('selectedFields')?.split(',');
      const fields = state.fields.filter(({ name }) => !selected || selected.includes(name));
      const start = startOf(url, 'table');
      const rows = (state.rows ?? []).slice(start, start + Math.min(mostPageRows, Number(url.searchParams.get('maxResults') ?? 10_000)));
      const end = start + rows.length;
      return { start, rows: rows.length, answer: { kind: 'bigquery#tableDataList', totalRows: String(state.rows?.length ?? 0), rows: rows.map((row) => toWire(fields, row)), ...(end < (state.rows?.length ?? 0) ? { pageToken: tokenOf('table', end) } : {}) } };
    } },
    { operation: 'jobs.insert', method: 'POST', path: /^\/bigquery\/v2\/projects\/([^/]+)\/jobs$/, reply({ parts, body }) {
      here(parts);
      return { answer: jobs.insert(JSON.parse(body) as object) };
    } },
    { operation: 'jobs.get', method: 'GET', path: /^\/bigquery\/v2\/projects\/([^/]+)\/jobs\/([^/]+)$/, reply: ({ parts }) => ({ answer: jobs.get(parts[1] ?? '') }) },
    { operation: 'jobs.getQueryResults', method: 'GET', path: /^\/bigquery\/v2\/projects\/([^/]+)\/queries\/([^/]+)$/, reply({ parts, url, fault }) {
      const job = parts[1] ?? '';
      const most = Math.min(mostPageRows, Number(url.searchParams.get('maxResults') ?? 100_000));
      const start = startOf(url, job);
      const shown = fault?.kind === 'page-again' ? Math.max(0, start - most) : start;
      const token = (end: number): string => tokenOf(job, fault?.kind === 'token-loop' ? start : fault?.kind === 'page-again' ? end + most : end);
      if (fault?.kind !== 'short-page') return jobs.page(job, { start: shown, most, tokenOf: token });
      const { answer, ...page } = jobs.page(job, { start: shown, most: Math.ceil(most / 2), tokenOf: token });
      return { ...page, answer: { ...answer, pageToken: undefined } };
    } },
  ];

  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = (await request.toArray()).map(String).join('');
    const route = routes.find(({ method, path }) => method === request.method && path.test(url.pathname));
    const fault = route ? faults.take(route.operation) : null;
    const parts = (route?.path.exec(url.pathname) ?? []).slice(1).map(decodeURIComponent);
    let reply: Reply & { status: number };
    try {
      if (!route) throw notFound(url.pathname);
      if (fault?.kind === 'status') throw new GoogleRefusal(fault.status, fault.reason, fault.message ?? fault.reason);
      if (route.operation !== 'token' && !request.headers.authorization?.startsWith('Bearer ')) throw new GoogleRefusal(401, 'authError', 'Login Required.');
      if (route.operation !== 'token' && isGuarded) tokens.check(request.headers, 'https://www.googleapis.com/auth/bigquery');
      reply = { status: 200, ...route.reply({ url, body, fault, parts }) };
    } catch (error) {
      if (!(error instanceof GoogleRefusal)) throw error;
      reply = { status: error.status, answer: error.body() };
    }
    log.push({ operation: route?.operation ?? 'unknown', path: url.pathname, status: reply.status, fault: fault?.kind ?? null, start: reply.start, rows: reply.rows });
    send(response, reply, fault);
  };

  const rootUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    rootUrl: rootUrl(),
    project, dataset, tables, jobs, tokens, faults, log,
    pages: () => log.flatMap(({ operation, status, fault, start }) => (operation === 'jobs.getQueryResults' && status === 200 && fault === null && start !== undefined ? [start] : [])),
    asked: (operation) => log.filter((asked) => asked.operation === operation).length,
    forget: () => void log.splice(0),
    async dispose() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Page tokens mean nothing to a client. */
function tokenOf(of: string, start: number): string {
  return Buffer.from(`${of}/${start}`).toString('base64url');
}

function startOf({ searchParams }: URL, of: string): number {
  const token = searchParams.get('pageToken');
  if (token === null) return Number(searchParams.get('startIndex') ?? 0);
  const [job, start] = Buffer.from(token, 'base64url').toString().split('/');
  if (job !== of) throw new GoogleRefusal(400, 'invalid', 'Invalid page token');
  return Number(start);
}

/** Answers as Google does, or as a fault has it. */
export function send(response: ServerResponse, { status, answer }: Reply & { status: number }, fault: Fault | null): void {
  const text = JSON.stringify(answer);
  const headers = { 'content-type': 'application/json; charset=UTF-8' };
  switch (fault?.kind) {
    case 'lost-answer':
      response.destroy();
      return;
    case 'silence':
      return;
    case 'reset':
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
      response.write(text.slice(0, text.length / 2), () => response.socket?.resetAndDestroy());
      return;
    case 'half-json':
      response.writeHead(status, headers).end(text.slice(0, text.length / 2));
      return;
    case 'half-gzip': {
      const packed = gzipSync(text);
      response.writeHead(status, { ...headers, 'content-encoding': 'gzip' }).end(packed.subarray(0, packed.length / 2));
      return;
    }
    case 'status':
      response.writeHead(status, { ...headers, ...(fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }) }).end(text);
      return;
    default:
      // Google packs what says it may be packed; a small answer is not worth it.
      if (text.length < 1400) response.writeHead(status, headers).end(text);
      else response.writeHead(status, { ...headers, 'content-encoding': 'gzip' }).end(gzipSync(text, { level: 1 }));
  }
}
