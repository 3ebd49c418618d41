import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bytesBelow } from './cache.ts';
import { megabytes } from './report.ts';
import { run } from './run-command.ts';
import { maven } from './versions.ts';

export interface Jar {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a recipe must come to: lines `group:artifact:version[:classifier] bytes sha256` of its jars.lock, the version possibly followed by one more colon. */
export function lockedJars(recipe: string): Jar[] {
  const lines = readFileSync(path.join(recipe, 'jars.lock'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [coordinate = '', bytes, sha256 = ''] = line.split(/\s+/);
    const [, artifact, version, classifier] = coordinate.split(':');
    return { file: `${[artifact, version, classifier].filter(Boolean).join('-')}.jar`, bytes: Number(bytes), sha256 };
  });
}

/** Fills `folder` with the jars of a recipe, a folder with pom.xml and jars.lock, through Maven; each is checked against the lock. */
export async function fetchJars(options: { recipe: string; properties: Readonly<Record<string, string>>; folder: string; working: (detail: string) => void }): Promise<void> {
  const { recipe, folder } = options;
  const jars = lockedJars(recipe);
  const project = path.join(folder, 'project');
  const target = path.join(folder, 'jars');
  mkdirSync(project, { recursive: true });
  mkdirSync(target);
  // Maven writes beside its project file, so it works on a copy.
  copyFileSync(path.join(recipe, 'pom.xml'), path.join(project, 'pom.xml'));
  options.working('Maven resolves');
  const expected = megabytes(bytesOf(jars));
  const progress = setInterval(() => options.working(`${megabytes(bytesBelow(target))} of ${expected}`), 2000);
  try {
    await run({
      command: 'mvn',
      args: [
        `org.apache.maven.plugins:maven-dependency-plugin:${maven.dependencyPlugin}:copy-dependencies`,
        '--quiet', '--batch-mode', '--file', path.join(project, 'pom.xml'),
        ...Object.entries(options.properties).map(([name, value]) => `-D${name}=${value}`), '-DincludeScope=runtime', `-DoutputDirectory=${target}`,
      ],
      cwd: project,
      timeoutMs: 30 * 60_000,
    });
  } finally {
    clearInterval(progress);
  }
  verifyJars({ jars, folder: target, lock: path.join(path.basename(recipe), 'jars.lock') });
  for (const name of readdirSync(target)) renameSync(path.join(target, name), path.join(folder, name));
  for (const done of [project, target]) rmSync(done, { recursive: true });
}

export function bytesOf(jars: readonly Jar[]): number {
  return jars.reduce((sum, jar) => sum + jar.bytes, 0);
}

/** Fails unless the folder holds exactly the locked jars, byte for byte. */
export function verifyJars(options: { jars: readonly Jar[]; folder: string; lock: string }): void {
  const expected = new Map(options.jars.map((jar) => [jar.file, jar]));
  const found = readdirSync(options.folder);
  const missing = options.jars.filter((jar) => !found.includes(jar.file)).map((jar) => jar.file);
  const unexpected = found.filter((name) => !expected.has(name));
  const changed = found.filter((name) => {
    const digest = createHash('sha256').update(readFileSync(path.join(options.folder, name))).digest('hex');
    return expected.has(name) && expected.get(name)?.sha256 !== digest;
  });
  if (missing.length + unexpected.length + changed.length > 0) {
    throw new Error(`the jars that Maven gave differ from ${options.lock}: missing [${missing}], unexpected [${unexpected}], changed [${changed}]`);
  }
}
