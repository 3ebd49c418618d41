/** THE SEQUENCES. A newcomer starts with `week`, then `revision`. */
export { backfill } from './backfill.ts';
export { cohort } from './cohort.ts';
export { health } from './health.ts';
export { ingest } from './ingest.ts';
export { reconcile } from './reconcile.ts';
export { revision } from './revision.ts';
export { rollup } from './rollup.ts';
export { rollupAggregate } from './rollup-aggregate.ts';
export { rollupBringIn } from './rollup-bring-in.ts';
export { rollupIntake } from './rollup-intake.ts';
export { rollupRecompute } from './rollup-recompute.ts';
export { rollupServing } from './rollup-serving.ts';
export { seriesTable } from './series-table.ts';
export { tick } from './tick.ts';
export { week } from './week.ts';
export { weekTable } from './week-table.ts';
