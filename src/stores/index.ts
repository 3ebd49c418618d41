import { artifactFolder } from './artifact-folder.ts';
import { createActivityStore } from './cassandra/activity-store.ts';
import { connectCassandra, type CassandraOptions } from './cassandra/connection.ts';
import { createPeopleStore } from './cassandra/people-store.ts';

/**
 * The stores that the SDK wants handed in, for programs outside (`almanac/stores`): lists of people are kept in the folder
 * `artifacts`, which the worker must see too; scores are read from Cassandra. Fails with `store-unavailable`.
 */
export async function connectStores({ cassandra: options, artifacts }: { cassandra: CassandraOptions; artifacts: string }) {
  const cassandra = await connectCassandra(options);
  return {
    artifacts: artifactFolder({ folder: artifacts }),
    activityStore: createActivityStore({ cassandra }),
    peopleStore: createPeopleStore({ cassandra }),
    dispose: () => cassandra.dispose(),
  };
}
