import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { configFrom } from '../../src/config.ts';
import { temporalOptions } from '../../src/main/connect.ts';
import { partsElsewhere } from '../../src/main/stack.ts';
import { testFolder } from '../world.ts';

suite('Temporal, as its variables and profile files say', () => {
  let scratch: Awaited<ReturnType<typeof testFolder>>;
  let file: string;
  before(async () => {
    scratch = await testFolder();
    file = join(scratch.folder, 'temporal.toml');
    writeFileSync(file, '[profile.default]\naddress = "cloud:7233"\nnamespace = "orders"\n\n[profile.other]\naddress = "other:7233"\n\n[profile.quiet]\nnamespace = "quiet"\n');
  });
  after(() => scratch.dispose());

  const where = (env: Record<string, string>, temporal = {}) => {
    const config = configFrom({ temporal, properties: {} }, env, join(scratch.folder, 'almanac.yaml'));
    const { connection, namespace } = temporalOptions(config);
    return [connection.address, namespace, partsElsewhere(config).includes('temporal') ? 'elsewhere' : 'embedded'];
  };
  const written = { address: 'written:7233', namespace: 'written' };

  test('a profile file gives address and namespace to all who ask, and nothing is started here', () => {
    assert.deepEqual(where({ TEMPORAL_CONFIG_FILE: file }), ['cloud:7233', 'orders', 'elsewhere']);
    assert.deepEqual(where({ TEMPORAL_CONFIG_FILE: file }, written), ['cloud:7233', 'orders', 'elsewhere']);
    assert.deepEqual(where({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'other' }, written), ['other:7233', 'written', 'elsewhere']);
  });

  test('a variable wins over the file', () => {
    assert.deepEqual(where({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_ADDRESS: 'near:7233' }, written), ['near:7233', 'orders', 'elsewhere']);
    assert.deepEqual(where({ TEMPORAL_NAMESPACE: 'own' }, written), ['written:7233', 'own', 'elsewhere']);
  });

  test('without an address the server is embedded, in the namespace that is named', () => {
    assert.deepEqual(where({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'quiet' }), ['127.0.0.1:7233', 'quiet', 'embedded']);
    assert.deepEqual(where({}), ['127.0.0.1:7233', 'default', 'embedded']);
  });

  test('a profile that is not in the file is said', () => {
    assert.throws(() => where({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'nobody' }), { code: 'bad-configuration', message: `TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE (${file}): Profile 'nobody' not found in config data` });
  });
});
