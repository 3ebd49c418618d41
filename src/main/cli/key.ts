import * as read from './arguments.ts';
import { action, asked, whoAmI } from './command.ts';
import type { Command } from 'commander';
import type { Cli } from './command.ts';
import type { Config } from '../../config.ts';
import type { KeyVault } from '../../ports/key-store.ts';

/** The worker answers a rotation in seconds, or when the pods that serve the week are rolled out; without one this is how long a person waits. */
const ANSWER_MS = 180_000;

export function addKey(program: Command): void {
  const key = program.command('key').description('the API key of a week\'s endpoint');

  key.command('show').description('print the key, and only the key').argument('<property>', 'property', read.propertyName).argument('<week>', 'as in 2026-W47', read.week)
    .addHelpText('after', '\nExample\n  $ curl -H "Authorization: Bearer $(npx almanac key show shop 2011-W48)" \'http://127.0.0.1:8600/shop/2011-W48/v1/predictions?limit=5\'')
    .action(action(async (cli, _options, property: string, week: string) => {
      const { vault, name } = await vaultOf(cli, property, week);
      const plain = await vault.read(name);
      if (plain === null) throw await missingKey(property, week);
      cli.result({ property, week, key: plain }, plain);
    }));

  key.command('rotate').description('issue a new key for the week; the old one works on until its grace ends').argument('<property>', 'property', read.propertyName).argument('<week>', 'as in 2026-W47', read.week)
    .action(action(async (cli, _options, property: string, week: string) => {
      await knownProperty(cli, property);
      const almanac = await cli.almanac();
      const { keyId } = await asked(cli, ANSWER_MS, () => almanac.weeks.rotateKey(property, week));
      cli.result({ property, week, keyId }, `new key ${keyId}; see it with: npx almanac key show ${property} ${week}`);
    }));

  key.command('revoke').description('make keys of the week unknown from now on, for good').argument('<property>', 'property', read.propertyName).argument('<week>', 'as in 2026-W47', read.week)
    .option('--key-id <id>', 'one key; else every key of the week')
    .option('--reason <text>', 'kept in the audit', read.reason, 'almanac key revoke').option('--by <name>', 'who decides', whoAmI())
    .action(action(async (cli, { keyId, reason: why, by }: { keyId?: string; reason: string; by: string }, property: string, week: string) => {
      await knownProperty(cli, property);
      const [{ keyStore, releaseStore }, { revokeKeys }, { createPublisher }] = [await cli.stores(), await import('../../../activities/publish/end-key.ts'), await import('../publishers.ts')];
      const active = (await keyStore.listKeys(property)).filter((stored) => stored.week === week && stored.state === 'active' && (keyId === undefined || stored.keyId === keyId)).map((stored) => stored.keyId);
      if (keyId !== undefined && active.length === 0) await keyStore.revoke(property, week, keyId); // fails where there is no such key
      const publisher = createPublisher(await cli.config(), await cli.stores(), (sentence) => process.stderr.write(`${sentence}\n`));
      // Where none is active too: revoked before, and perhaps the address was not reached then.
      await revokeKeys({ keyStore, releaseStore, publisher })({ property, week, keyIds: active, reason: why, by });
      cli.result({ property, week, revoked: active }, active.length === 0 ? 'no active key' : `revoked: ${active.join(', ')}`);
    }));

  key.command('forget').description('delete the plain key from this machine; whoever has it can go on using it').argument('<property>', 'property', read.propertyName).argument('<week>', 'as in 2026-W47', read.week)
    .action(action(async (cli, _options, property: string, week: string) => {
      const { vault, name } = await vaultOf(cli, property, week);
      await vault.forget(name);
      cli.result({ property, week, forgotten: true }, `the plain key of ${property} ${week} is no longer on this machine`);
    }));
}

async function vaultOf(cli: Cli, property: string, week: string): Promise<{ vault: KeyVault; name: string }> {
  const [{ home }, { createKeyFiles }, { vaultName }, { join }] = await Promise.all([knownProperty(cli, property), import('../../stores/key-files.ts'), import('../../domain/release/api-key.ts'), import('node:path')]);
  return { vault: createKeyFiles({ folder: join(home, 'keys') }), name: vaultName(property, week) };
}

async function knownProperty(cli: Cli, property: string): Promise<Config> {
  const [config, { propertyOf }] = await Promise.all([cli.config(), import('../../config.ts')]);
  propertyOf(config, property);
  return config;
}

async function missingKey(property: string, week: string): Promise<Error> {
  const { Failure } = await import('../../domain/failure.ts');
  return new Failure('key-missing', `the plain key of ${property} ${week} is not on this machine: the week was never published here, or its key was forgotten. A new one: npx almanac key rotate ${property} ${week}`);
}
