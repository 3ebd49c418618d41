import { parseReading, readingProblem, type Reading } from '../../domain/rollup/reading.ts';
import { atMost } from './at-most.ts';
import { createIntakeAccess, type RollupKeys } from './keys.ts';
import { describedProblems } from './openapi.ts';
import { sendProblem } from './problems.ts';
import { PropertyParams, TakenAnswer } from './schemas.ts';
import type { Static } from 'typebox';
import type { FastifyInstance } from 'fastify';
import type { Arrival } from '../../domain/rollup/lateness.ts';
import type { RollupSettings } from '../../ports/rollup-settings.ts';
import type { RollupMetrics } from './metrics.ts';

/** Stores readings that are right; when it returns all are stored. Idempotent by their keys. */
export type TakeIn = (property: string, readings: readonly Reading[]) => Promise<Readonly<Record<Arrival, number>>>;

export interface IntakeOptions {
  readonly keys: RollupKeys;
  readonly settingsOf: (property: string) => RollupSettings;
  readonly takeIn: TakeIn;
  readonly metrics: Pick<RollupMetrics, 'taken' | 'refused'>;
}

/** About 50,000 readings; with as many requests as are read at once, what intake may hold in memory. */
export const INTAKE_BYTES = 4 * 1024 * 1024;
const REQUESTS_AT_ONCE = 4;
const ndjson = 'application/x-ndjson';

/** Readings over HTTP. At least once is enough: the key of a reading decides, so whoever gets no answer sends the same again. */
export async function addIntake(app: FastifyInstance, { keys, settingsOf, takeIn, metrics }: IntakeOptions): Promise<void> {
  const bounded = atMost(REQUESTS_AT_ONCE);
  await app.register(async (intake) => {
    intake.addHook('onRequest', createIntakeAccess(keys));
    intake.removeAllContentTypeParsers();
    intake.addContentTypeParser([ndjson, 'application/json'], { parseAs: 'string' }, (_request, body, done) => done(null, body));
    intake.post<{ Params: Static<typeof PropertyParams>; Body: string | null }>('/v1/rollups/:property/readings', {
      bodyLimit: INTAKE_BYTES,
      schema: {
        summary: 'Takes readings in: one JSON object a line, or a JSON list of them', description: 'Each is `platform`, `member`, `second` (since 1970-01-01T00:00Z) and `value`, a number of at most 1e15, of either sign.', security: [{ intakeKey: [] }], consumes: [ndjson, 'application/json'], params: PropertyParams,
        response: { 200: TakenAnswer, ...describedProblems(400, 401, 403, 404, 413, 415, 503) },
      },
    }, async (request, reply) => {
      const { property } = request.params;
      const { platforms } = settingsOf(property);
      const isList = request.headers['content-type']?.startsWith('application/json') === true;
      const sent = isList ? readingsOfList(request.body ?? '', platforms) : readingsOfLines(request.body ?? '', platforms);
      if ('problem' in sent) {
        metrics.refused(property, sent.count);
        return sendProblem(reply, 'bad-reading', `${sent.problem}; nothing of the request was stored`);
      }
      const taken = await bounded(() => takeIn(property, sent.readings));
      metrics.taken(property, taken);
      const { 'on-time': onTime, late, aside } = taken;
      return reply.header('cache-control', 'no-store').send({ readings: sent.readings.length, onTime, late, aside });
    });
  });
}

/** Every reading of a body; or what is wrong with the first that is none, and how many there are. */
type Sent = { readonly readings: readonly Reading[] } | { readonly problem: string; readonly count: number };

function readingsOfLines(text: string, platforms: readonly string[]): Sent {
  const readings: Reading[] = [];
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const reading = parseReading(line, platforms);
    if (typeof reading === 'string') return { problem: `line ${at + 1} is no reading: ${reading}`, count: lines.filter((each) => each.trim() !== '').length };
    readings.push(reading);
  }
  return { readings };
}

function readingsOfList(text: string, platforms: readonly string[]): Sent {
  const list = listIn(text);
  if (list === null) return { problem: `the body is no JSON list of readings; one a line is ${ndjson}`, count: 0 };
  for (const [at, reading] of list.entries()) {
    const problem = readingProblem(reading, platforms);
    if (problem !== null) return { problem: `reading ${at + 1} of the list is none: ${problem}`, count: list.length };
  }
  return { readings: (list as Reading[]).map(({ platform, member, second, value }) => ({ platform, member, second, value })) };
}

function listIn(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
