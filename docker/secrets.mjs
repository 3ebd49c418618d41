// `secrets.mjs <folder>`: passwords of the parts that docker-compose.yml starts, and keys of the rollup server, made where there are none. Readable for whoever has the volume.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = process.argv[2] ?? '/secrets';
for (const service of ['postgres', 'grafana']) keep(path.join(folder, service, 'password'), password());
for (const what of ['intake', 'read']) keep(path.join(folder, 'rollup', `${what}-key`), password());
const key = keep(path.join(folder, 's3/secret-key'), password());
keep(path.join(folder, 's3/credentials'), `[default]\naws_access_key_id = almanac\naws_secret_access_key = ${key}\n`);

/** What the file holds: whole or not at all, and what is there stays. */
function keep(file, text) {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  writeFileSync(`${file}.new`, text, { mode: 0o444 });
  renameSync(`${file}.new`, file);
  process.stdout.write(`made ${file}\n`);
  return text;
}

function password() {
  return randomBytes(24).toString('hex');
}
