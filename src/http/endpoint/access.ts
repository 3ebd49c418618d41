import { parseReleaseName } from '../../domain/release/release.ts';
import { authenticate } from './auth.ts';
import { problemBody, sendProblem } from './problems.ts';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { EndpointLimits } from './limits.ts';
import type { LiveState } from './live-state.ts';
import type { createRateLimit } from './rate-limit.ts';
import type { PropertyView, ReleaseView, WeekView } from './snapshot.ts';

/** What a request may read, decided once from one snapshot, and what its audit line may say. */
export interface Access {
  readonly property: PropertyView;
  readonly week: WeekView;
  readonly release: ReleaseView;
  readonly keyId: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    access: Access | null;
    /** The property and week of a refused request, where they exist: a path may hold anything. */
    refused: { property: string; week: string; keyId?: string } | null;
  }
}

export interface AccessOptions {
  readonly liveState: LiveState;
  readonly limits: EndpointLimits;
  readonly allow: ReturnType<typeof createRateLimit>;
  readonly nowMs: () => number;
}

const stagedHeader = 'almanac-release';
const [unauthorized, tooMany, retired, unknownRelease] = (['unauthorized', 'too-many-requests', 'week-retired', 'release-unknown'] as const).map((name) => problemBody(name));

/** The hook before every route below a week: is the week there, does the key open it, is there quota, which release answers. */
export function createAccess({ liveState, limits, allow, nowMs }: AccessOptions) {
  const policy = `"key";q=${limits.requestsPerMinute};w=60`;

  return function access(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    const { snapshot } = liveState;
    if (snapshot === null) return void sendProblem(reply.header('retry-after', '1'), 'not-ready');
    const params = request.params as { property: string; week: string };
    const property = snapshot.get(params.property);
    const week = property?.weeks.get(params.week === 'current' ? property.current?.week ?? '' : params.week);
    if (property && week) request.refused = { property: property.property, week: week.week };
    // A retired week that is built again is probed before it is live: whoever names its staged release needs a key.
    const isStagedAgain = week !== undefined && releaseFor(week, request.headers[stagedHeader])?.isStaged === true;
    if (property && week?.isRetired && !isStagedAgain) return void sendRetired(request, reply, property.property, week);

    const key = authenticate(property, params.week, request.headers.authorization, nowMs());
    if (key === null || property === undefined || week === undefined) return void sendProblem(reply.header('www-authenticate', 'Bearer realm="almanac"'), 'unauthorized', unauthorized);
    request.refused = { property: property.property, week: week.week, keyId: key.keyId };

    const { isAllowed, remaining, resetSeconds, retrySeconds } = allow(key.keyId);
    reply.header('ratelimit-policy', policy).header('ratelimit', `"key";r=${remaining};t=${resetSeconds}`);
    if (!isAllowed) return void sendProblem(reply.header('retry-after', String(retrySeconds)), 'too-many-requests', tooMany);

    const release = releaseFor(week, request.headers[stagedHeader]);
    if (release === null) return void sendProblem(reply, 'release-unknown', unknownRelease);
    request.access = { property, week, release, keyId: key.keyId };
    done();
  };
}

/** The live release, or the staged (or live) one that the header names. */
function releaseFor(week: WeekView, header: string | string[] | undefined): ReleaseView | null {
  if (header === undefined) return week.live;
  const name = typeof header === 'string' ? parseReleaseName(header) : null;
  const named = name?.week === week.week ? week.revisions.get(name.revision) : undefined;
  return named !== undefined && (named.isStaged || named === week.live) ? named : null;
}

/** No key is asked for: which week came after is nobody's secret. */
function sendRetired(request: FastifyRequest, reply: FastifyReply, property: string, week: WeekView): FastifyReply {
  if (week.successor !== null) {
    const rest = request.routeOptions.url === modelRoute ? 'model' : 'predictions';
    reply.header('link', `</${encodeURIComponent(property)}/${week.successor}/v1/${rest}>; rel="successor-version"`);
  }
  return sendProblem(reply, 'week-retired', retired);
}

export const modelRoute = '/:property/:week/v1/model';
export const predictionRoute = '/:property/:week/v1/predictions/:user';
export const pageRoute = '/:property/:week/v1/predictions';
