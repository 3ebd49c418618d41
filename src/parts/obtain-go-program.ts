import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { reported } from './report.ts';
import { run } from './run-command.ts';
import { platform } from './versions.ts';
import type { Report } from './report.ts';

export interface GoProgram {
  /** Of the program and of its folder in the cache. */
  readonly name: string;
  /** What people are told is being obtained. */
  readonly part: string;
  readonly version: string;
  /** Folder of its module: `go.mod`, `go.sum`, which names each module by its hash, and what else `files` says. */
  readonly module: string;
  readonly files: readonly string[];
  readonly package: string;
  readonly flags: readonly string[];
  /** What the person sees meanwhile. */
  readonly working: string;
  readonly minutes: number;
}

/** Path of a program that Go built from its modules, once for its sources and flags: others are another program. At the lowest priority. */
export async function obtainGoProgram(program: GoProgram, { cache, go, report }: { cache: string; go: string; report: Report }): Promise<string> {
  const { name, part, version, working: sentence } = program;
  return reported({
    part,
    report,
    work: async (working) => {
      const { folder, wasThere } = await obtainOnce({
        cache,
        part: name,
        key: `${version}-${platform}-${contentHash(program)}`,
        make: async (temporary) => {
          working(sentence);
          await build(program, go, temporary);
        },
      });
      return { result: path.join(folder, name), detail: wasThere ? 'in cache' : 'built by Go', wasThere };
    },
  });
}

async function build({ name, module, files, flags, package: entry, minutes }: GoProgram, go: string, folder: string): Promise<void> {
  const source = path.join(folder, 'source');
  mkdirSync(source);
  for (const file of files) copyFileSync(path.join(module, file), path.join(source, file));
  await run({
    command: 'nice',
    args: ['-n', '19', go, 'build', ...flags, '-o', path.join(folder, name), entry],
    cwd: source,
    // Memory is plenty and time is not: the compiler collects its garbage less often.
    environment: { ...process.env, CGO_ENABLED: '0', GOGC: '400', GOTOOLCHAIN: 'local', GOWORK: 'off' },
    timeoutMs: minutes * 60_000,
  });
  rmSync(source, { recursive: true });
}

function contentHash({ module, files, flags }: GoProgram): string {
  const hash = createHash('sha256').update(JSON.stringify(flags));
  for (const file of files) hash.update(readFileSync(path.join(module, file)));
  return hash.digest('hex').slice(0, 16);
}
