import { sendProblem } from './problems.ts';
import type { ErrorAnswers } from '../errors.ts';

export const errorAnswers: ErrorAnswers = {
  misunderstood: (reply, detail) => sendProblem(reply, 'bad-question', detail),
  send: (reply, name) => sendProblem(reply, name),
  refused(reply, { code, message }) {
    if (code === 'bad-argument') return sendProblem(reply, 'bad-question', message);
    return code === 'property-unknown' ? sendProblem(reply, 'rollup-unknown', message) : null;
  },
  unavailable: (reply, { code }) => sendProblem(reply, code === 'busy' ? 'busy' : 'store-unavailable'),
};
