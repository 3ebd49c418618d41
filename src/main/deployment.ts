/** Name under which the server knows all versions of our workers. */
export const DEPLOYMENT = 'almanac';

/** A worker that is told to stop has ended by then, whatever its steps do; whoever runs it waits longer (k8s/worker.yaml). */
export const DRAIN_SECONDS = 30;
