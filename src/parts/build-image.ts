import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { billOfMaterials } from './bill-of-materials.ts';
import { billName, imageContext } from './image-context.ts';

export interface ImageOptions {
  readonly docker: Docker;
  /** The project. */
  readonly root: string;
  /** As obtained. */
  readonly libtensorflow: string;
  readonly tag: string;
  /** Any image with this Node and glibc; that of docker/Dockerfile unless said. */
  readonly base?: string;
  readonly version?: string;
  readonly revision?: string;
}

/** Builds the image of every role without a network; returns what the daemon told. Fails with the step that failed. */
export async function buildImage({ docker, root, libtensorflow, tag, base, version, revision }: ImageOptions): Promise<string> {
  const given = { BASE_IMAGE: base, VERSION: version, REVISION: revision };
  const buildargs = Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-bill-'));
  try {
    const bill = path.join(folder, billName);
    writeFileSync(bill, await billOfMaterials(root));
    return await toldBy(docker, await docker.buildImage(imageContext({ root, libtensorflow, bill }), { t: tag, buildargs, networkmode: 'none', rm: true, forcerm: true }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All that a daemon tells while it builds or loads an image; an error comes as one of its lines. */
export async function toldBy(docker: Docker, answer: NodeJS.ReadableStream): Promise<string> {
  type Line = { readonly stream?: string; readonly status?: string; readonly error?: string };
  const lines = await new Promise<readonly Line[]>((resolve, reject) => {
    docker.modem.followProgress(answer, (error: Error | null, told: Line[] | null) => (error ? reject(error) : resolve(told ?? [])));
  });
  const text = lines.map(({ stream, status }) => stream ?? (status === undefined ? '' : `${status}\n`)).join('');
  const failure = lines.find(({ error }) => error !== undefined)?.error;
  if (failure !== undefined) throw new Error(`${text.trim().split('\n').slice(-5).join('\n')}\n${failure}`);
  return text;
}
