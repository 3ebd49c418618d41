// What the plugs of Docker and Kubernetes ask of the outside, watched: a step may die between two requests of one plug.
import { openCluster as openRealCluster } from '../../src/kubernetes/cluster.ts';
import { dockerEngine as realDockerEngine } from '../../src/runners/docker/engine.ts';
import { watchedPlug } from './watched-calls.ts';
import type { Cluster, ClusterOptions } from '../../src/kubernetes/cluster.ts';
import type { DockerEngine } from '../../src/runners/docker/engine.ts';

export function dockerEngine(options: { socketPath: string }): DockerEngine {
  return watchedPlug('docker', realDockerEngine(options));
}

export function openCluster(options: ClusterOptions): Cluster {
  return watchedPlug('cluster', openRealCluster(options), objectOf);
}

/** The kind that a request is about, whether it is a property's stable address, and whether it only tries. */
function objectOf([asked, how]: readonly unknown[]): string {
  const { kind = '', metadata } = (asked ?? {}) as { kind?: string; metadata?: { name?: string } };
  const isTrial = (how as { isDryRun?: boolean } | undefined)?.isDryRun === true;
  return `${kind && ` ${kind}`}${metadata?.name?.endsWith('-current') ? ' current' : ''}${isTrial ? ' on trial' : ''}`;
}
