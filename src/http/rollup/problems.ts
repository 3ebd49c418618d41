import { commonProblems, createProblems, type ProblemTable } from '../problems.ts';
import type { FastifyReply } from 'fastify';

/** Every problem the rollup server answers with. */
const table = {
  ...commonProblems,
  'bad-question': { status: 400, title: 'The question is not understood' },
  'bad-reading': { status: 400, title: 'A reading is not right, and nothing of the request was stored' },
  'unauthorized': { status: 401, title: 'This address needs a key: Authorization: Bearer …' },
  'intake-closed': { status: 403, title: 'No readings are taken here: rollupServer.intakeKeyFile is not set' },
  'rollup-unknown': { status: 404, title: 'There is no rollup of this name' },
  'not-built': { status: 404, title: 'This day has no totals by category' },
  'body-too-large': { status: 413, title: 'The body is too large; send fewer readings at once' },
  'unsupported-media-type': { status: 415, title: 'Readings are application/x-ndjson or application/json' },
  'misdirected': { status: 421, title: 'Without a key to read with, only the names of this machine\'s loopback are answered' },
  'busy': { status: 503, title: 'Too much is asked at once; try again shortly' },
} as const satisfies ProblemTable<string>;

export type ProblemName = keyof typeof table;

const answers = createProblems<ProblemName>(table);
export const { problems } = answers;

/** Answers with a problem, and what a client has to know to come back. */
export function sendProblem(reply: FastifyReply, name: ProblemName, detail?: string): FastifyReply {
  const { status } = problems[name];
  if (status === 503) reply.header('retry-after', '1');
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="almanac rollups"');
  return answers.sendProblem(reply, name, answers.problemBody(name, detail === undefined ? {} : { detail }));
}
