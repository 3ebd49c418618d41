#!/usr/bin/env node
// The command `almanac`: runs src/main/cli.ts with a Node that is new enough, in the folder it was called from.
import path from 'node:path';
import { areDependenciesCurrent } from './dependencies.mjs';
import { handOver } from './hand-over.mjs';
import { nodeAtHand, root } from './node.mjs';

const node = nodeAtHand();
if (!node || !areDependenciesCurrent(root)) {
  process.stderr.write('almanac is not set up here yet (Node or its dependencies are missing). Run `npm start` first, or `npm start -- --no-demo`.\n');
  process.exit(69); // EX_UNAVAILABLE of sysexits.h
}
await handOver({ node, args: [path.join(root, 'src/main/cli.ts'), ...process.argv.slice(2)], environment: process.env });
