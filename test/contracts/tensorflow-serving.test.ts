import assert from 'node:assert/strict';
import path from 'node:path';
import { startModelServer } from '../models/model-server-process.ts';
import { tensorflowServingContract } from './tensorflow-serving.contract.ts';

/**
 * ALMANAC_TEST_TENSORFLOW_SERVING is the address of another server to run the suite against, as one of the tensorflow/serving image
 * with `--model_config_file=/models/models.config --model_config_file_poll_wait_seconds=1`; its /models is the folder named by
 * ALMANAC_TEST_TENSORFLOW_SERVING_BASE, which has an empty `model_config_list {}` in that file at first.
 */
const { ALMANAC_TEST_TENSORFLOW_SERVING: other, ALMANAC_TEST_TENSORFLOW_SERVING_BASE: folder } = process.env;

if (other !== undefined && folder !== undefined) tensorflowServingContract(other, async () => ({ address: other, baseFolder: folder, dispose: async () => undefined }));
else {
  // With the arguments that a container of either is started with; one model fits into memory.
  tensorflowServingContract('our model server', async (root) => {
    const baseFolder = path.join(root, 'models');
    const server = await startModelServer([`--model_config_file=${baseFolder}/models.config`, '--model_config_file_poll_wait_seconds=2', '--loaded', '1']);
    return { address: server.address, baseFolder, dispose: async () => assert.equal(await server.stop(), 0, 'SIGTERM ends it with 0') };
  });
}
