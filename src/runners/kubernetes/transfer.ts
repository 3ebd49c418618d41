import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../domain/failure.ts';
import type { ArtifactRef, ArtifactStore } from '../../ports/artifact-store.ts';
import type { Job } from '../../ports/job-runner.ts';

const RESULT = 'result.json';
const LOG = 'log.txt';

/** Files of a folder as artifacts, by their names in it. */
type Files = Readonly<Record<string, ArtifactRef>>;

/** `dataset.arrow` becomes `dataset/<sha256>.arrow`: what is an artifact already is not stored twice. Null when it was cancelled before all were sent. */
export async function sendInputs(artifacts: ArtifactStore, { folder, inputs }: Pick<Job, 'folder' | 'inputs'>, signal: AbortSignal): Promise<Files | null> {
  const sent: Record<string, ArtifactRef> = {};
  for (const name of inputs) {
    if (signal.aborted) return null;
    sent[name] = await artifacts.put(path.parse(name).name, path.extname(name), createReadStream(path.join(folder, name)));
  }
  return signal.aborted ? null : sent;
}

export async function fetchInputs(artifacts: ArtifactStore, inputs: Files, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, ref] of Object.entries(inputs)) await copyFile(await artifacts.localPath(ref), placeOf(folder, name));
}

/** Everything that the job wrote; gives the list of it. */
export async function keepOutputs(artifacts: ArtifactStore, folder: string, inputs: Files): Promise<ArtifactRef> {
  const kept: Record<string, ArtifactRef> = {};
  for (const name of await filesOf(folder)) {
    if (name === LOG || Object.hasOwn(inputs, name)) continue;
    const [extension = ''] = /(\.[a-z0-9]+)?$/.exec(name) ?? [];
    kept[name] = await artifacts.put('job-output', extension, createReadStream(path.join(folder, name)));
  }
  return artifacts.put('job-result', '.json', Buffer.from(JSON.stringify(kept)));
}

/** The files of the list, `result.json` last: where it is, everything is. */
export async function fetchOutputs(artifacts: ArtifactStore, list: ArtifactRef, folder: string): Promise<void> {
  const files = Object.entries(JSON.parse(Buffer.from(await artifacts.get(list)).toString()) as Files);
  for (const [name, ref] of files.toSorted(([a], [b]) => Number(a === RESULT) - Number(b === RESULT))) {
    const place = placeOf(folder, name);
    await mkdir(path.dirname(place), { recursive: true });
    await copyFile(await artifacts.localPath(ref), `${place}.part`);
    await rename(`${place}.part`, place);
  }
}

/** A list is written by a pod: it names places in the folder and nowhere else. */
function placeOf(folder: string, name: string): string {
  const place = path.resolve(folder, name);
  if (place.startsWith(`${path.resolve(folder)}${path.sep}`)) return place;
  throw new Failure('bad-argument', `a job left a file "${name}": expected a name below its folder`);
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name))).sort();
}
