import type { FastifyHttpOptions } from 'fastify';
import type { Server } from 'node:http';

/** Everything that bounds what one connection can take. */
export interface ServerLimits {
  readonly headerBytes: number;
  readonly headerCount: number;
  readonly bodyBytes: number;
  readonly pathParameterChars: number;
  /** A client must have sent its headers, then its whole request, by then. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** A silent connection is cut, inside a request and between two. */
  readonly idleTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly requestsPerSocket: number;
  readonly connections: number;
}

export const serverLimits: ServerLimits = {
  headerBytes: 8192,
  headerCount: 64,
  bodyBytes: 1024,
  pathParameterChars: 1024,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  idleTimeoutMs: 30_000,
  keepAliveTimeoutMs: 15_000,
  requestsPerSocket: 10_000,
  connections: 1024,
};

/** The limits as the server's options; `applyToServer` sets the two that are properties of the server itself. */
export function serverOptions(limits: ServerLimits): FastifyHttpOptions<Server> {
  return {
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.idleTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxRequestsPerSocket: limits.requestsPerSocket,
    routerOptions: { maxParamLength: limits.pathParameterChars },
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
      insecureHTTPParser: false,
    },
  };
}

export function applyToServer(server: Server, limits: ServerLimits): void {
  server.maxHeadersCount = limits.headerCount;
  server.maxConnections = limits.connections;
}
