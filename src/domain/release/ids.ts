import { tableSuffixOf, type Week } from '../calendar/week.ts';
import type { Day } from '../calendar/day.ts';

/** Every workflow id is built here, from identities alone, and nowhere else. */
export const ingestId = (property: string, day: Day): string => `ingest/${property}/${day}`;
export const reconcileId = (property: string, day: Day, generation: number): string => `reconcile/${property}/${day}/g${generation}`;
export const weekId = (property: string, week: Week): string => `week/${property}/${week}`;
export const revisionId = (property: string, week: Week, revision: number): string => `week/${property}/${week}/r${revision}`;
export const weekTableId = (week: Week): string => `week-table/${tableSuffixOf(week)}`;
export const cohortId = (property: string, cohort: string): string => `cohort/${property}/${cohort}`;
export const backfillId = (property: string, from: Day, to: Day): string => `backfill/${property}/${from}..${to}`;
/** A stroke of the clock of a rollup; the server appends the nominal time. */
export const rollupId = (property: string, what: 'minute' | 'hour' | 'day'): string => `rollup/${property}/${what}`;
export const aggregateId = (property: string, from: string, to: string): string => `rollup/${property}/aggregate/${from}..${to}`;
export const intakeId = (property: string, sha256: string): string => `rollup/${property}/intake/${sha256.slice(0, 16)}`;
export const bringInId = (property: string, from: string, to: string): string => `rollup/${property}/bring-in/${from}..${to}`;
export const recomputeId = (property: string, level: string, from: string, to: string): string => `rollup/${property}/recompute/${level}/${from}..${to}`;
export const servingId = (property: string): string => `rollup/${property}/serving`;
export const seriesTableId = (property: string, copy: number): string => `series-table/${property}/${copy}`;
/** Of everything that one configuration runs, which its queue names; the server appends the nominal time. */
export const healthId = (deployment: string): string => `health/${deployment}/round`;
export const tickId = (property: string, what: 'ingest' | 'arrivals' | 'week'): string => `tick/${property}/${what}`;
