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

/** Stores readings that are right; when it returns all are stored. Idempotent by their keys. */
export type TakeIn = (property: string, readings: readonly Reading[]) => Promise<Readonly<Record<Arrival, number>>>;

export interface IntakeOptions {
  readonly keys: RollupKeys;
  readonly settingsOf: (property: string) => RollupSettings;
  readonly takeIn: TakeIn;
}

/** About 50,000 readings; with as many requests as are read at once, what intake may hold in memory. */
export const INTAKE_BYTES = 4 * 1024 * 1024;
const REQUESTS_AT_ONCE = 4;
const ndjson = 'application/x-ndjson';

/** Readings over HTTP. At least once is enough: the key of a reading decides, so whoever gets no answer sends the same again. */
export async function addIntake(app: FastifyInstance, { keys, settingsOf, takeIn }: IntakeOptions): Promise<void> {
  const bounded = atMost(REQUESTS_AT_ONCE);
  await app.register(async (intake) => {
    intake.addHook('onRequest', createIntakeAccess(keys));
    intake.removeAllContentTypeParsers();
    intake.addContentTypeParser([ndjson, 'application/json'], { parseAs: 'string' }, (_request, body, done) => done(null, body));
    intake.post<{ Params: Static<typeof PropertyParams>; Body: string | null }>('/v1/rollups/:property/readings', {
      bodyLimit: INTAKE_BYTES,
      schema: {
        summary: 'Takes readings in: one JSON object a line, or a JSON list of them', security: [{ intakeKey: [] }], consumes: [ndjson, 'application/json'], params: PropertyParams,
        response: { 200: TakenAnswer, ...describedProblems(400, 401, 403, 404, 413, 415, 503) },
      },
    }, async (request, reply) => {
      const { property } = request.params;
      const { platforms } = settingsOf(property);
      const isList = request.headers['content-type']?.startsWith('application/json') === true;
      const readings = isList ? readingsOfList(request.body ?? '', platforms) : readingsOfLines(request.body ?? '', platforms);
      if (typeof readings === 'string') return sendProblem(reply, 'bad-reading', `${readings}; nothing of the request was stored`);
      const { 'on-time': onTime, late, aside } = await bounded(() => takeIn(property, readings));
      return reply.header('cache-control', 'no-store').send({ readings: readings.length, onTime, late, aside });
    });
  });
}

/** Every line, or what is wrong with the first that is no reading. */
function readingsOfLines(text: string, platforms: readonly string[]): Reading[] | string {
  const readings: Reading[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const reading = parseReading(line, platforms);
    if (typeof reading === 'string') return `line ${at + 1} is no reading: ${reading}`;
    readings.push(reading);
  }
  return readings;
}

function readingsOfList(text: string, platforms: readonly string[]): Reading[] | string {
  const list = listIn(text);
  if (list === null) return `the body is no JSON list of readings; one a line is ${ndjson}`;
  for (const [at, reading] of list.entries()) {
    const problem = readingProblem(reading, platforms);
    if (problem !== null) return `reading ${at + 1} of the list is none: ${problem}`;
  }
  return (list as Reading[]).map(({ platform, member, second, value }) => ({ platform, member, second, value }));
}

function listIn(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
