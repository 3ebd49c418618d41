import { ranking } from '../../domain/rollup/compared-days.ts';
import { paired } from '../../domain/rollup/series.ts';
import { atMost } from './at-most.ts';
import { sendTagged } from './etag.ts';
import { describedProblems } from './openapi.ts';
import { sendProblem } from './problems.ts';
import { DayAnswer, DayParams, LevelParams, MemberPage, MembersQuery, PairAnswer, PairQuery, PropertyParams, RankingAnswer, RankingParams, RankingQuery, Rollup, Rollups, SeriesAnswer, SeriesQuery } from './schemas.ts';
import type { Static, TSchema } from 'typebox';
import type { FastifyInstance } from 'fastify';
import type { RollupReading, Series } from '../../ports/rollup-reading.ts';

/** Questions that are answered at once: a long range without a copy by member is a thousand reads of the store. */
const ANSWERED_AT_ONCE = 16;

type Of<Schema extends TSchema> = Static<Schema>;

/** Everything that is read of rollups. Who may was decided by the hook before. */
export function addReading(app: FastifyInstance, reading: RollupReading): void {
  const bounded = atMost(ANSWERED_AT_ONCE);
  const security: Record<string, string[]>[] = [{ readKey: [] }, {}]; // or none, where none is asked for
  const schema = (summary: string, answer: TSchema, asked: object, ...problems: number[]) => ({ schema: { summary, security, ...asked, response: { 200: answer, ...describedProblems(400, 401, 503, ...problems) } } });

  app.get('/v1/rollups', schema('Rollups by name', Rollups, {}), (request, reply) =>
    sendTagged(request, reply, { rollups: reading.properties.map((property) => ({ property, firstDay: reading.settingsOf(property).firstDay, platforms: reading.settingsOf(property).platforms })) }));

  app.get<{ Params: Of<typeof PropertyParams> }>('/v1/rollups/:property', schema('A rollup, and how far its clock is', Rollup, { params: PropertyParams }, 404), async (request, reply) => {
    const { property } = request.params;
    const { timeZone, firstDay, platforms, everySeconds, measure, semantics } = reading.settingsOf(property);
    return sendTagged(request, reply, { property, timeZone, firstDay, platforms, everySeconds, measure, semantics, newest: await bounded(() => reading.readClock(property)) });
  });

  app.get<{ Params: Of<typeof PropertyParams>; Querystring: Of<typeof MembersQuery> }>('/v1/rollups/:property/members', schema('Members of the newest buckets, and those that are described, by name', MemberPage, { params: PropertyParams, querystring: MembersQuery }, 404), async (request, reply) =>
    sendTagged(request, reply, await bounded(() => reading.readMembers(request.params.property, request.query))));

  app.get<{ Params: Of<typeof LevelParams>; Querystring: Of<typeof SeriesQuery> }>('/v1/rollups/:property/series/:level', schema('A member over a range of buckets', SeriesAnswer, { params: LevelParams, querystring: SeriesQuery }, 404), async (request, reply) => {
    const { params: { property, level }, query: { member, ...range } } = request;
    const { measure } = reading.settingsOf(property);
    const [series] = await bounded(() => reading.readSeries({ property, level, ...range }, [member])) as [Series];
    const { from, to, without, points } = series;
    return sendTagged(request, reply, { member, level, from, to, measure, partial: points.filter(({ isComplete }) => !isComplete).length, without, points });
  });

  app.get<{ Params: Of<typeof LevelParams>; Querystring: Of<typeof PairQuery> }>('/v1/rollups/:property/pair/:level', schema('Two members side by side over a range of buckets', PairAnswer, { params: LevelParams, querystring: PairQuery }, 404), async (request, reply) => {
    const { params: { property, level }, query: { a, b, ...range } } = request;
    const { measure } = reading.settingsOf(property);
    const [one, other] = await bounded(() => reading.readSeries({ property, level, ...range }, [a, b])) as [Series, Series];
    const points = paired(one.points, other.points);
    return sendTagged(request, reply, { level, from: one.from, to: one.to, measure, members: { a, b }, partial: points.filter(({ partial }) => partial.length > 0).length, without: { a: one.without, b: other.without }, points });
  });

  app.get<{ Params: Of<typeof DayParams> }>('/v1/rollups/:property/categories/:day', schema('Totals of a day by category, with yesterday, last week and last month', DayAnswer, { params: DayParams }, 404), async (request, reply) => {
    const totals = await bounded(() => reading.readDay(request.params.property, request.params.day));
    return totals === null ? sendProblem(reply, 'not-built') : sendTagged(request, reply, totals);
  });

  app.get<{ Params: Of<typeof RankingParams>; Querystring: Of<typeof RankingQuery> }>('/v1/rollups/:property/ranking/:category/:day', schema('Values of a category on a day, the largest first', RankingAnswer, { params: RankingParams, querystring: RankingQuery }, 404), async (request, reply) => {
    const { params: { property, day, category }, query: { limit } } = request;
    const totals = await bounded(() => reading.readDay(property, day));
    if (totals === null) return sendProblem(reply, 'not-built');
    const rows = ranking(totals.rows, category);
    return sendTagged(request, reply, { day: totals.day, earlier: totals.earlier, category, values: rows.length, rows: rows.slice(0, limit) });
  });
}
