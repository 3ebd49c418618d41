import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, type Logger } from '@temporalio/worker';
import { root } from './root.ts';

export interface WorkflowBundle {
  readonly codePath: string;
  /** Hash of the bundle: which version of the sequences a worker runs. */
  readonly buildId: string;
}

/**
 * The sequences as one file, built once for their sources and kept in `folder`. The build id is a hash of the sources
 * and the lock file, because bundlers write paths into what they make.
 */
export async function prebuiltBundle(folder: string, logger?: Logger): Promise<WorkflowBundle> {
  const buildId = await sourceHash();
  const codePath = join(folder, `workflows-${buildId}.js`);
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'workflows/index.ts'), logger });
    await mkdir(folder, { recursive: true });
    await writeFile(`${codePath}.${process.pid}`, code);
    await rename(`${codePath}.${process.pid}`, codePath);
  }
  return { codePath, buildId };
}

/** Hash over everything a sequence can be made of: sequences, rules and the versions of libraries. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of ['workflows', 'src/domain']) {
    const files = (await readdir(join(root, folder), { recursive: true })).filter((file) => file.endsWith('.ts')).sort();
    for (const file of files) hash.update(`${folder}/${file}\0`).update(await readFile(join(root, folder, file)));
  }
  return hash.update(await readFile(join(root, 'package-lock.json'))).digest('hex').slice(0, 16);
}
