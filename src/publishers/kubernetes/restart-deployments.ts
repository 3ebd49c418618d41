import type { Cluster } from '../../kubernetes/cluster.ts';
import type { Restarter } from '../../ports/restarter.ts';

/** On the pods' template: another value is a rollout, the same value is none. */
const MARK = 'almanac/restarted-for';

/** PLUG: the cluster as whoever starts parts again, as `kubectl rollout restart` does. `deployments` says which Deployment runs which part. */
export function restartDeployments({ cluster, deployments }: { cluster: Pick<Cluster, 'namespace' | 'annotatePods'>; deployments: Readonly<Record<string, string>> }): Restarter {
  return {
    parts: async () => Object.keys(deployments).map((part) => ({ part, restarts: null })),
    advice: (part) => `no Deployment of health.restarts runs ${part}: it is started again by hand`,
    async restart({ part, key }) {
      const name = deployments[part];
      if (name === undefined) return { isDone: false, sentence: `no Deployment runs ${part}` };
      const found = await cluster.annotatePods(name, { [MARK]: key });
      return found === null ? { isDone: false, sentence: `there is no Deployment ${name} in ${cluster.namespace}` } : { isDone: true, sentence: `the cluster rolls Deployment ${name} out again` };
    },
  };
}
