import { announceDay } from './announce-day.ts';
import { claimDay } from './claim-day.ts';
import { leaveUncompared } from './leave-uncompared.ts';
import { loadDay } from './load-day.ts';
import { lookAtDay } from './look-at-day.ts';
import { markDay } from './mark-day.ts';
import { reconcileDay } from './reconcile-day.ts';
import { sealDay } from './seal-day.ts';
import { sweepGenerations } from './sweep-generations.ts';
import { waiveDay } from './waive-day.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

/** The steps of taking in a day. */
export function createIngestActivities(plugs: IngestPlugs) {
  return {
    lookAtDay: lookAtDay(plugs),
    claimDay: claimDay(plugs),
    loadDay: loadDay(plugs),
    sealDay: sealDay(plugs),
    markDay: markDay(plugs),
    reconcileDay: reconcileDay(plugs),
    leaveUncompared: leaveUncompared(plugs),
    waiveDay: waiveDay(plugs),
    announceDay: announceDay(plugs),
    sweepGenerations: sweepGenerations(plugs),
  };
}
