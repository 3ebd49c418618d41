import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bytesBelow, obtainOnce } from './cache.ts';
import { megabytes, reported } from './report.ts';
import type { Report } from './report.ts';
import { run } from './run-command.ts';
import { cassandra } from './versions.ts';

const recipe = path.join(import.meta.dirname, 'cassandra');

interface Jar {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Folder with the jars that are a whole Cassandra server, each checked against cassandra/jars.lock.
 * Always through Maven: the Apache tarball carries the same jars, but no checksum of it could be verified for pinning.
 */
export async function obtainCassandra(options: { cache: string; report: Report }): Promise<string> {
  return reported({
    part: `Cassandra ${cassandra.version}`,
    report: options.report,
    work: async (working) => {
      const jars = lockedJars();
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'cassandra',
        key: cassandra.version,
        make: (temporary) => fetchJars({ jars, temporary, working }),
      });
      const size = `${jars.length} jars, ${megabytes(jars.reduce((sum, jar) => sum + jar.bytes, 0))}`;
      return { result: folder, detail: wasThere ? 'in cache' : size, wasThere };
    },
  });
}

/** Lines `group:artifact:version[:classifier] bytes sha256`, the version possibly followed by one more colon. */
export function lockedJars(): Jar[] {
  const lines = readFileSync(path.join(recipe, 'jars.lock'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [coordinate = '', bytes, sha256 = ''] = line.split(/\s+/);
    const [, artifact, version, classifier] = coordinate.split(':');
    return { file: `${[artifact, version, classifier].filter(Boolean).join('-')}.jar`, bytes: Number(bytes), sha256 };
  });
}

async function fetchJars(options: { jars: readonly Jar[]; temporary: string; working: (detail: string) => void }): Promise<void> {
  const { jars, temporary } = options;
  const project = path.join(temporary, 'project');
  const target = path.join(temporary, 'jars');
  mkdirSync(project);
  mkdirSync(target);
  // Maven writes beside its project file, so it works on a copy.
  copyFileSync(path.join(recipe, 'pom.xml'), path.join(project, 'pom.xml'));
  options.working('Maven resolves');
  const expected = megabytes(jars.reduce((sum, jar) => sum + jar.bytes, 0));
  const progress = setInterval(() => options.working(`${megabytes(bytesBelow(target))} of ${expected}`), 2000);
  try {
    await run({
      command: 'mvn',
      args: [
        `org.apache.maven.plugins:maven-dependency-plugin:${cassandra.dependencyPlugin}:copy-dependencies`,
        '--quiet', '--batch-mode', '--file', path.join(project, 'pom.xml'),
        `-Dcassandra.version=${cassandra.version}`, '-DincludeScope=runtime', `-DoutputDirectory=${target}`,
      ],
      cwd: project,
      timeoutMs: 30 * 60_000,
    });
  } finally {
    clearInterval(progress);
  }
  verifyJars({ jars, folder: target });
  for (const name of readdirSync(target)) renameSync(path.join(target, name), path.join(temporary, name));
  for (const folder of [project, target]) rmSync(folder, { recursive: true });
}

/** Fails unless the folder holds exactly the locked jars, byte for byte. */
export function verifyJars(options: { jars: readonly Jar[]; folder: string }): void {
  const expected = new Map(options.jars.map((jar) => [jar.file, jar]));
  const found = readdirSync(options.folder);
  const missing = options.jars.filter((jar) => !found.includes(jar.file)).map((jar) => jar.file);
  const unexpected = found.filter((name) => !expected.has(name));
  const changed = found.filter((name) => {
    const digest = createHash('sha256').update(readFileSync(path.join(options.folder, name))).digest('hex');
    return expected.has(name) && expected.get(name)?.sha256 !== digest;
  });
  if (missing.length + unexpected.length + changed.length > 0) {
    throw new Error(`Cassandra's jars differ from jars.lock: missing [${missing}], unexpected [${unexpected}], changed [${changed}]`);
  }
}
