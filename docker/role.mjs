// The image's entry: `role.mjs <role> …` becomes the program of that role.
import path from 'node:path';
import { handOver } from '../scripts/hand-over.mjs';
import { isRole, roleOf, roles } from './roles.mjs';

const root = path.resolve(import.meta.dirname, '..');
const { role, args } = roleOf(process.argv.slice(2), process.env);
if (!isRole(role)) {
  process.stderr.write(`almanac has no role "${role}": expected ${Object.keys(roles).join(', ')}\n`);
  process.exit(64); // EX_USAGE of sysexits.h
}
// What a trainer leaves in a folder that is shared with its owner, its owner must be able to remove.
if (role === 'trainer') process.umask(0);
await handOver({ node: process.execPath, args: [...roles[role].flags, path.join(root, `src/main/${role}.ts`), ...args], environment: process.env });
