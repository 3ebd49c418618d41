import { publisherContract } from '../contracts/publisher.contract.ts';
import { clusterWorld, type ClusterWorld } from './cluster-world.ts';
import { publisherOn } from './publisher-world.ts';

let cluster: ClusterWorld;
publisherContract({
  name: 'kubernetes',
  afterwards: 'no answer',
  async open(world, keyFor) {
    cluster = await clusterWorld();
    return publisherOn(cluster, world, keyFor);
  },
  dispose: () => cluster.dispose(),
});
