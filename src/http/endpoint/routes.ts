import { formatCursor, parseCursor } from '../../domain/release/cursor.ts';
import { shardOf } from '../../domain/hash.ts';
import { modelRoute, pageRoute, predictionRoute, type Access } from './access.ts';
import { etagOf, isKnown } from './etag.ts';
import { describedProblems } from './openapi.ts';
import { readPage } from './page.ts';
import { sendProblem } from './problems.ts';
import { ModelFacts, PageQuery, Prediction, PredictionPage, ReleaseHeader, UserParams, WeekParams } from './schemas.ts';
import type { Static } from 'typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Cursor } from '../../domain/release/cursor.ts';
import type { PeopleStore } from '../../ports/people-store.ts';
import type { ReleaseView } from './snapshot.ts';

/** The three routes of a week. What each may read was decided by the access hook. */
export function addRoutes(app: FastifyInstance, peopleStore: PeopleStore): void {
  const security = [{ weekKey: [] }];

  app.get<{ Params: Static<typeof UserParams> }>(predictionRoute, {
    schema: { summary: 'The prediction of one person', security, params: UserParams, headers: ReleaseHeader, response: { 200: Prediction, ...describedProblems(404) } },
  }, async (request, reply) => {
    const { release: view } = accessOf(request);
    const { property, week, revision, shardCount, asOf, horizonDays, modelId } = view.release;
    const { user } = request.params;
    const row = await peopleStore.readScore({ property, week, revision, shard: shardOf(user, shardCount) }, user);
    if (row === null) return sendProblem(reply, 'not-scored', view.notScored);
    if (isKnown(request, reply, etagOf(view, user))) return reply.code(304).send();
    return { user, probability: row.prediction, decile: row.decile, asOf, horizonDays, release: view.name, model: modelId };
  });

  app.get<{ Querystring: Static<typeof PageQuery> }>(pageRoute, {
    schema: { summary: 'Everybody, page by page', security, params: WeekParams, headers: ReleaseHeader, querystring: PageQuery, response: { 200: PredictionPage, ...describedProblems(404) } },
  }, async (request, reply) => {
    const access = accessOf(request);
    const { minProbability, limit, cursor: text } = request.query;
    const cursor = text === undefined ? null : parseCursor(access.property.property, text);
    const view = text === undefined ? access.release : cursor && releaseOfWalk(access, cursor);
    if (!view || (cursor && cursor.shard >= view.release.shardCount)) return sendProblem(reply, 'bad-cursor');
    if (isKnown(request, reply, etagOf(view, `page ${minProbability} ${limit} ${text ?? ''}`))) return reply.code(304).send();
    const { rows, next } = await readPage(peopleStore, { release: view.release, from: cursor ?? { shard: 0 }, minProbability, limit });
    const { asOf, horizonDays, modelId, week, revision } = view.release;
    return {
      release: view.name,
      model: modelId,
      asOf,
      horizonDays,
      predictions: rows.map(({ user, prediction, decile }) => ({ user, probability: prediction, decile })),
      next: next && formatCursor(access.property.property, { release: { week, revision }, ...next }),
    };
  });

  app.get<{ Reply: unknown }>(modelRoute, {
    schema: { summary: 'The model that made the predictions, and how it was chosen', security, params: WeekParams, headers: ReleaseHeader, response: { 200: ModelFacts, ...describedProblems(404) } },
  }, async (request, reply) => {
    const { release: view } = accessOf(request);
    if (isKnown(request, reply, etagOf(view, `model ${view.release.finality}`))) return reply.code(304).send();
    const { modelId, modelVersion, recipe, outcome, asOf, horizonDays, featureListVersion, scored, kinds, gateReport, finality } = view.release;
    return { release: view.name, model: modelId, modelVersion, recipe, outcome, finality, asOf, horizonDays, featureListVersion, scored, kinds, gateReport: gateReport.sha256 };
  });
}

/** A walk goes on where it began, also after a switch, as long as its week is served and the key opens that very week. */
function releaseOfWalk({ property, week, release, keyId }: Access, cursor: Cursor): ReleaseView | null {
  const isSameWeek = cursor.release.week === week.week || property.keys.get(keyId)?.week === cursor.release.week;
  const walked = isSameWeek ? property.weeks.get(cursor.release.week) : undefined;
  const view = walked?.isRetired === false ? walked.revisions.get(cursor.release.revision) : undefined;
  return view && (!view.isStaged || view === release) ? view : null;
}

function accessOf(request: FastifyRequest): Access {
  if (request.access === null) throw new Error('a route below a week ran without its access hook');
  return request.access;
}
