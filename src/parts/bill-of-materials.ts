import { readFileSync } from 'node:fs';
import path from 'node:path';
import { neededPackages } from './needed-packages.ts';
import { run } from './run-command.ts';
import { libtensorflow, wheelFor } from './versions.ts';

interface CycloneDx {
  readonly metadata: { readonly timestamp?: string; readonly component: Readonly<Record<string, unknown>>; readonly [more: string]: unknown };
  readonly components: readonly { readonly 'bom-ref': string; readonly [more: string]: unknown }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly serialNumber?: string;
  readonly [more: string]: unknown;
}

/**
 * What the image is made of, as CycloneDX: npm's list of the installed packages that are needed to run, and libtensorflow. The base
 * image has a bill of its own. The same packages give the same text: npm's time and random number are left out.
 */
export async function billOfMaterials(root: string): Promise<string> {
  const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { name: string; version: string };
  const told = await run({ command: 'npm', args: ['sbom', '--sbom-format', 'cyclonedx'], cwd: root, timeoutMs: 2 * 60_000 });
  const { serialNumber: _serialNumber, metadata: { timestamp: _timestamp, ...metadata }, components, dependencies, ...rest } = JSON.parse(told) as CycloneDx;
  // Told to omit what is for development, npm leaves out what is for both.
  const needed = new Set([`${name}@${version}`, ...neededPackages(root).map((one) => `${one.name}@${one.version}`)]);
  const wheel = wheelFor({ part: 'libtensorflow', wheels: libtensorflow.wheels, instead: 'build the image on linux-x64' });
  const library = {
    'bom-ref': `libtensorflow@${libtensorflow.version}`, type: 'library', name: 'libtensorflow', version: libtensorflow.version,
    purl: `pkg:pypi/${wheel.requirement.replace('==', '@')}`, hashes: [{ alg: 'SHA-256', content: wheel.sha256 }], licenses: [{ license: { id: 'Apache-2.0' } }],
  };
  const bill = {
    ...rest,
    // npm names the project after its folder.
    metadata: { ...metadata, component: { ...metadata.component, name } },
    components: [...components.filter((one) => needed.has(one['bom-ref'])), library],
    dependencies: dependencies.filter(({ ref }) => needed.has(ref)).map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => needed.has(one)) })),
  };
  return `${JSON.stringify(bill, null, 1)}\n`;
}
