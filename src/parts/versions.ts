/** Every pinned version of what is not an npm dependency; versions.json holds the values because the bootstrap reads them on Node 20. */
import versions from './versions.json' with { type: 'json' };

export interface Wheel {
  readonly requirement: string;
  readonly sha256: string;
  readonly bytes: number;
}

export const platform = `${process.platform}-${process.arch}`;
export const temporal = versions.temporal;
export const cassandra = versions.cassandra;
export const maven = versions.maven;
export const libtensorflow = versions.libtensorflow;
/** Of those who ask for it alone. */
export const spark = versions.spark;
/** Of the tests alone. */
export const localBigquery = versions.localBigquery;
export const versitygw = versions.versitygw;
export const kubernetes = versions.kubernetes;
export const kustomize = versions.kustomize;
export const compose = versions.compose;

/** The wheel pinned for this platform; fails with what to do instead where there is none. */
export function wheelFor(options: { part: string; wheels: Record<string, Wheel>; instead: string }): Wheel {
  const wheel = options.wheels[platform];
  if (wheel === undefined) throw new Error(`no ${options.part} is pinned for ${platform}: ${options.instead}`);
  return wheel;
}
