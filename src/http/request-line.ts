import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

export interface RequestLine {
  readonly observe: (route: string, status: number, seconds: number) => void;
  /** Routes that are asked all the time, and have no line. */
  readonly quiet: ReadonlySet<string>;
  /** Who asked about what; `undefined` is left out. */
  readonly fieldsOf: (request: FastifyRequest) => Readonly<Record<string, string | undefined>>;
}

/** One line a request, by its route pattern. Never the address as it was sent, since paths and queries hold people and cursors; never a key. */
export function createRequestLine(logger: Logger, { observe, quiet, fieldsOf }: RequestLine) {
  return function writeLine(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const route = request.routeOptions.url ?? 'none';
    const ms = reply.elapsedTime;
    observe(route, reply.statusCode, ms / 1000);
    if (!quiet.has(route)) logger.info({ ...fieldsOf(request), route, status: reply.statusCode, ms: Math.round(ms * 100) / 100 }, 'request');
    done();
  };
}
