import { artifactFolder } from './artifact-folder.ts';
import { createActivityStore } from './cassandra/activity-store.ts';
import { connectCassandra, type CassandraOptions } from './cassandra/connection.ts';
import { createPeopleStore } from './cassandra/people-store.ts';
import { connectArtifactBucket, type BucketOptions } from './s3/artifact-bucket.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';

/**
 * The stores that the SDK wants handed in, for programs outside (`almanac/stores`): lists of people are kept in the folder
 * `artifacts`, which the worker must see too, or in the worker's bucket; scores are read from Cassandra. Fails with
 * `store-unavailable`.
 */
export async function connectStores({ cassandra: options, artifacts: where }: { cassandra: CassandraOptions; artifacts: string | BucketOptions }) {
  const artifacts: ArtifactStore & { dispose?(): void } = typeof where === 'string' ? artifactFolder({ folder: where }) : await connectArtifactBucket(where);
  const cassandra = await connectCassandra(options);
  return {
    artifacts,
    activityStore: createActivityStore({ cassandra }),
    peopleStore: createPeopleStore({ cassandra }),
    dispose: async () => {
      artifacts.dispose?.();
      await cassandra.dispose();
    },
  };
}
