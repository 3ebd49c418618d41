import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataApiQuota, type DataApiQuota } from './data-api-quota.ts';
import { reportOf, type ReportAsked } from './data-api-report.ts';
import { faultScript, type FaultScript } from './faults.ts';
import { send, type Asked, type Reply } from './google-server.ts';
import { GoogleRefusal } from './refusal.ts';
import type { AddressInfo } from 'node:net';
import type { Day } from '../../src/domain/calendar/day.ts';
import type { Ga4Row } from './ga4-schema.ts';
import type { TokenEndpoint } from './token-endpoint.ts';

export interface DataApiServer {
  readonly rootUrl: string;
  readonly propertyId: string;
  readonly faults: FaultScript;
  readonly quota: DataApiQuota;
  /** Everything that was asked so far, in order. */
  readonly log: readonly Asked[];
  /** What the property holds of a day, in rows of its export. */
  put(day: Day, rows: readonly Ga4Row[]): void;
  /** Answers take so long, in milliseconds. */
  slowDown(ms: number): void;
  /** First rows of the pages that arrived whole; a look, which asks for one row, is none. */
  pages(): number[];
  forget(): void;
  dispose(): Promise<void>;
}

/** A stand-in for the Analytics Data API v1beta with one standard property, on loopback: `runReport`, its quotas and its faults. With `tokens`, who asks must carry one of them. */
export async function startDataApiServer({ now, timeZone, propertyId = '123456789', tokens }: { now: () => number; timeZone: string; propertyId?: string; tokens?: TokenEndpoint }): Promise<DataApiServer> {
  const days = new Map<Day, readonly Ga4Row[]>();
  const faults = faultScript();
  const quota = dataApiQuota(now);
  const log: Asked[] = [];
  let answersAfterMs = 0;

  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const body = (await request.toArray()).map(String).join('');
    const fault = faults.take('runReport');
    let [reply, isInside]: [Reply & { status: number } | null, boolean] = [null, false];
    let most: number | undefined;
    try {
      if (request.method !== 'POST' || path !== `/v1beta/properties/${propertyId}:runReport`) throw new GoogleRefusal(404, 'NOT_FOUND', `Not found: ${path}`);
      if (!request.headers.authorization?.startsWith('Bearer ')) throw new GoogleRefusal(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
      tokens?.check(request.headers, 'https://www.googleapis.com/auth/analytics.readonly');
      quota.enter();
      isInside = true;
      if (answersAfterMs > 0) await sleep(answersAfterMs);
      if (fault?.kind === 'status') throw new GoogleRefusal(fault.status, fault.reason, fault.message ?? fault.reason);
      const asked = JSON.parse(body) as ReportAsked & { returnPropertyQuota?: boolean };
      most = Number(asked.limit);
      const offset = fault?.kind === 'page-again' ? Math.max(0, Number(asked.offset ?? 0) - Number(asked.limit)) : asked.offset;
      const report = reportOf({ ...asked, offset: offset === undefined ? offset : String(offset) }, (day) => days.get(day));
      quota.charge();
      const metadata = { timeZone, currencyCode: 'EUR', ...(fault?.kind === 'marked' ? fault.metadata : {}) };
      const cut = fault?.kind === 'short-page' ? { rows: ((report.answer.rows ?? []) as unknown[]).slice(0, report.rows / 2) } : {};
      const moved = fault?.kind === 'row-count-moved' ? { rowCount: Number(report.answer.rowCount ?? 0) + 1 } : {};
      reply = { status: 200, ...report, answer: { ...report.answer, ...cut, ...moved, metadata, ...(asked.returnPropertyQuota ? { propertyQuota: quota.answer() } : {}), kind: 'analyticsData#runReport' } };
    } catch (error) {
      if (!(error instanceof GoogleRefusal)) throw error;
      if (error.status >= 500) quota.fail();
      // The Data API names no reasons beside the status.
      reply = { status: error.status, answer: { error: { code: error.status, message: error.message, status: error.reason } } };
    } finally {
      if (isInside) quota.leave();
    }
    log.push({ operation: 'runReport', path, status: reply.status, fault: fault?.kind ?? null, start: reply.start, rows: reply.rows, most });
    send(response, reply, fault);
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    rootUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    propertyId, faults, quota, log,
    put: (day, rows) => void days.set(day, rows),
    slowDown: (ms) => void (answersAfterMs = ms),
    pages: () => log.flatMap(({ status, fault, start, most }) => (status === 200 && fault === null && start !== undefined && most !== 1 ? [start] : [])),
    forget: () => void log.splice(0),
    async dispose() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
