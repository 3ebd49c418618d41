import { cacheFolder } from './cache.ts';
import { findJava } from './find-program.ts';
import { obtainCassandra } from './obtain-cassandra.ts';
import { obtainTemporal } from './obtain-temporal.ts';
import { obtainTensorflow } from './obtain-tensorflow.ts';
import type { PartReport } from './report.ts';

export interface ObtainedParts {
  /** The `temporal` program: server, Web UI and command line in one. */
  readonly temporalBinary: string;
  /** Folder of Cassandra's jars. */
  readonly cassandraJars: string;
  /** A Java of the version Cassandra wants. */
  readonly java: string;
  /** Folder of libtensorflow; the addon of tfjs-node is in place when this returns. */
  readonly libtensorflow: string;
}

/** Parts that run elsewhere need not be obtained; their values are then empty. */
export type SkippablePart = 'temporal' | 'cassandra' | 'libtensorflow';

/** Everything that is not an npm package, from the cache or from outside; all at once, and every failure is named. */
export async function obtainParts(options: {
  cache?: string;
  report: (line: PartReport) => void;
  without?: readonly SkippablePart[];
}): Promise<ObtainedParts> {
  const shared = { cache: options.cache ?? cacheFolder(), report: options.report };
  const wants = (part: SkippablePart) => options.without?.includes(part) !== true;
  const [temporalBinary, cassandraJars, java, libtensorflow] = await allOrEveryFailure([
    wants('temporal') ? obtainTemporal(shared) : Promise.resolve(''),
    wants('cassandra') ? obtainCassandra(shared) : Promise.resolve(''),
    wants('cassandra') ? findJava() : Promise.resolve(''),
    wants('libtensorflow') ? obtainTensorflow(shared) : Promise.resolve(''),
  ]);
  return { temporalBinary, cassandraJars, java, libtensorflow };
}

async function allOrEveryFailure<Values extends readonly unknown[]>(work: { [Index in keyof Values]: Promise<Values[Index]> }): Promise<Values> {
  const outcomes = await Promise.allSettled(work);
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason as Error);
  if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => failure.message).join('\n'));
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as unknown as Values;
}
