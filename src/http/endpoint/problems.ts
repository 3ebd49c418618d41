import { commonProblems, createProblems, type ProblemTable } from '../problems.ts';

/** Every problem the endpoint answers with. */
const table = {
  ...commonProblems,
  'unauthorized': { status: 401, title: 'This address needs its own key: Authorization: Bearer almanac_…' },
  'not-scored': { status: 404, title: 'No prediction for this person' },
  'release-unknown': { status: 404, title: 'The release named in almanac-release cannot be reached here' },
  'week-retired': { status: 410, title: 'This week is no longer served' },
  'bad-request': { status: 400, title: 'The request is not understood' },
  'bad-cursor': { status: 400, title: 'The cursor does not belong to this address; start the walk again without one' },
  'too-many-requests': { status: 429, title: 'This key has used up its requests for now' },
  'unsupported-media-type': { status: 415, title: 'This address takes no body' },
  'not-ready': { status: 503, title: 'The endpoint does not know yet, or not any more, what is live' },
} as const satisfies ProblemTable<string>;

export type ProblemName = keyof typeof table;

export const { problems, problemBody, sendProblem, rawProblem } = createProblems<ProblemName>(table);
