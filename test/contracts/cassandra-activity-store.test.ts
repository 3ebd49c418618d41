import { createActivityStore } from '../../src/stores/cassandra/activity-store.ts';
import { activityTables } from '../../src/stores/cassandra/activity-tables.ts';
import { testCassandra } from '../world.ts';
import { activityStoreContract } from './activity-store.contract.ts';

activityStoreContract('cassandra', async () => {
  const { cassandra, dispose } = await testCassandra(activityTables);
  return { store: createActivityStore({ cassandra }), dispose };
});
