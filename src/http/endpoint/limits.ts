import { serverLimits, type ServerLimits } from '../limits.ts';

/** Everything that bounds what one client can take. */
export interface EndpointLimits extends ServerLimits {
  /** Requests a key may make in a minute, in one burst or spread. */
  readonly requestsPerMinute: number;
}

export const standardLimits: EndpointLimits = { ...serverLimits, requestsPerMinute: 6000 };
