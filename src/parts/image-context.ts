import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from './find-program.ts';
import { neededPackages } from './needed-packages.ts';
import type { Readable } from 'node:stream';

const ours = ['package.json', 'package-lock.json', 'almanac.yaml', 'workflows', 'activities', 'src', 'scripts', 'docker'];
const librariesOf = 'node_modules/@tensorflow/tfjs-node/deps/lib';
/** Of all that the image holds, at its root. */
export const billName = 'sbom.cdx.json';
/** The APIs that are called, of four hundred. */
const googleApis = ['analyticsdata', 'bigquery', 'index.js', 'index.d.ts'];

/**
 * What the image is built from, as a tar stream: the project, the packages that it needs to run (as package-lock.json says and
 * as they are installed), TensorFlow's addon and libraries, and the bill of all these. GNU tar makes it; fails with what it said.
 */
export function imageContext(options: { root: string; libtensorflow: string; bill: string }): Readable {
  const { root, bill } = options;
  const tensorflow = path.join(options.libtensorflow, 'tensorflow');
  const libraries = readdirSync(tensorflow).filter((name) => name.includes('.so.')).map((name) => path.join(tensorflow, name));
  const tar = findProgram('tar');
  if (tar === undefined) throw new Error('tar is missing: it packs what the image is built from');
  const child = spawn(tar, [
    '--create', '--absolute-names', '--hard-dereference', '--owner=0', '--group=0', '--sort=name', '--mode=a+rX,go-w',
    ...excluded(root).map((place) => `--exclude=${place}`),
    // Names alone change, not what links point to.
    `--transform=s,^${bill}$,app/${billName},S`, `--transform=s,^${tensorflow}/,app/${librariesOf}/,S`, `--transform=s,^${root}/docker/Dockerfile$,Dockerfile,S`, `--transform=s,^${root}/,app/,S`,
    '--files-from=-',
  ], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  child.on('error', (cause) => child.stdout.destroy(cause));
  child.on('close', (code) => code !== 0 && child.stdout.destroy(new Error(`tar could not pack the image's context: ${Buffer.concat(said).toString().trim().split('\n')[0]}`)));
  child.stdin.end([...ours.map((place) => path.join(root, place)), ...packagesOf(root), ...libraries, bill].join('\n'));
  return child.stdout;
}

/** Folders of the packages that the image holds. One inside another comes with it. */
function packagesOf(root: string): string[] {
  return neededPackages(root).filter(({ place }) => place.lastIndexOf('node_modules/') === 0).map(({ place }) => path.join(root, place));
}

function excluded(root: string): string[] {
  const at = (place: string) => path.join(root, 'node_modules', place);
  const others = (folder: string, isOurs: (name: string) => boolean) => (existsSync(at(folder)) ? readdirSync(at(folder)).filter((name) => !isOurs(name)).map((name) => at(path.join(folder, name))) : []);
  const system = `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-unknown-linux-gnu`;
  return [
    '*.map', ...['*.es2017*', '*.fesm*', '*.min.js'].map((bundle) => at(`@tensorflow/*/dist/${bundle}`)), // for browsers
    path.join(root, librariesOf), at('@temporalio/core-bridge/sdk-core'),
    ...others('@temporalio/core-bridge/releases', (name) => name === system),
    ...others('googleapis/build/src/apis', (name) => googleApis.includes(name)),
  ];
}
