import { beating } from './beating.ts';
import type { RestartAnswer, RestartAsked } from '../../src/ports/restarter.ts';
import type { Plugs } from '../plugs.ts';

/** Has a part started again. Key: incident and how many-th restart of it, so that a step that is done twice restarts once. */
export const restartPart = ({ health }: Pick<Plugs, 'health'>) =>
  (asked: RestartAsked): Promise<RestartAnswer> => beating(health.restarter.restart(asked));
