import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Docker from 'dockerode';
import { buildImage } from '../parts/build-image.ts';
import { obtainParts } from '../parts/obtain-all.ts';
import { createReportPrinter } from '../parts/report-printer.ts';
import { root } from './root.ts';

/** PROGRAM: `npm run image`. Builds the image of every role on the Docker daemon of this machine (or of DOCKER_HOST). */
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const { values } = parseArgs({ options: { tag: { type: 'string', default: `almanac:${version}` }, base: { type: 'string' } } });
const { libtensorflow } = await obtainParts({ report: createReportPrinter(process.stdout), without: ['temporal', 'cassandra'] });
const revision = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout?.trim() || 'unknown';
try {
  await buildImage({ docker: new Docker(), root, libtensorflow, version, revision, tag: values.tag, ...(values.base === undefined ? {} : { base: values.base }) });
  process.stdout.write(`  ✓ image ${values.tag}\n`);
} catch (error) {
  process.stderr.write(`the image could not be built: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
