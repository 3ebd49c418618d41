import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { deployModel } from '../../activities/model/deploy-model.ts';
import { artifactFolder } from '../../src/stores/artifact-folder.ts';
import { aModel } from '../release-examples.ts';
import { testFolder } from '../world.ts';
import type { Plugs } from '../../activities/plugs.ts';
import type { ArtifactRef, ArtifactStore } from '../../src/ports/artifact-store.ts';
import type { ModelService } from '../../src/ports/model-service.ts';

suite('a model that goes to its server', () => {
  const trained = { rows: [[1, 2], [3, 4], [5, 6]], probabilities: [0.25, 0.5, 0.75] };
  let scratch: Awaited<ReturnType<typeof testFolder>>;
  let artifacts: ArtifactStore;
  let parity: ArtifactRef;

  before(async () => {
    scratch = await testFolder();
    artifacts = artifactFolder(scratch);
    parity = await artifacts.put('parity', '.json', Buffer.from(JSON.stringify(trained)));
  });
  after(() => scratch.dispose());

  /** The step with a server that answers the trainer's rows like this. */
  function deployed(answers: readonly number[]): Promise<{ parity: number }> {
    const model = aModel({ parity });
    const modelService: ModelService = {
      deploy: async () => undefined,
      async predict(served, rows) {
        assert.deepEqual([served, rows], [{ name: 'shop', version: '7' }, trained.rows]);
        return Float64Array.from(answers);
      },
    };
    const plugs = { artifacts, modelService, releaseStore: { readModel: async () => model } } as unknown as Plugs;
    const context = { cancellationSignal: new AbortController().signal, heartbeat: () => undefined };
    return asyncLocalStorage.run(context as unknown as Context, () => deployModel(plugs)({ property: 'shop', modelId: model.modelId }));
  }

  test('is used when the server says what the trainer said, to less than a millionth', async () => {
    assert.deepEqual(await deployed(trained.probabilities), { parity: 0 });
    assert.ok(Math.abs((await deployed([0.25, 0.5 - 9e-7, 0.75])).parity - 9e-7) < 1e-12);
  });

  for (const [how, answers] of [['is two millionths off', [0.25, 0.5, 0.75 + 2e-6]], ['answers what is no number', [0.25, NaN, 0.75]], ['answers too few rows', [0.25, 0.5]]] as const) {
    test(`is refused for good when the server ${how}`, () =>
      assert.rejects(deployed(answers), { code: 'parity', isFinal: true, message: /^the model server's answers differ from the trainer's by (2\.0e-6|NaN) \(limit 0\.000001\): model (ab){8} of shop is not used\./ }));
  }
});
