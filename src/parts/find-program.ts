import { accessSync, constants, globSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { runToEnd } from './run-command.ts';
import { cassandra } from './versions.ts';

/** First executable of that name on the PATH; a path is returned as it is when it can be executed. */
export function findProgram(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? path.resolve(name) : undefined;
  return (environment.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, name)).find(isExecutable);
}

/** The Java that runs Cassandra: ALMANAC_JAVA, JAVA_HOME, then the PATH. Any other version than the one Cassandra wants is refused. */
export async function findJava(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const named = environment.ALMANAC_JAVA || (environment.JAVA_HOME && path.join(environment.JAVA_HOME, 'bin/java')) || 'java';
  const java = findProgram(named, environment);
  if (java === undefined) throw new Error(`${named} is not here; Cassandra needs Java ${cassandra.java} (set ALMANAC_JAVA to it)`);
  const { stderr } = await runToEnd({ command: java, args: ['-version'], timeoutMs: 30_000 });
  const major = Number(/version "(\d+)/.exec(stderr)?.[1]);
  if (major !== cassandra.java) throw new Error(`${java} is version ${major}; Cassandra needs Java ${cassandra.java} (set ALMANAC_JAVA to it)`);
  return java;
}

/** A Python of that version (`3.13`): ALMANAC_PYTHON, the PATH, then pyenv's; undefined when there is none. */
export async function findPython(version: string, environment: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const root = environment.PYENV_ROOT || path.join(homedir(), '.pyenv');
  const named = [environment.ALMANAC_PYTHON ?? '', `python${version}`, 'python3'].filter((name) => name !== '').map((name) => findProgram(name, environment));
  for (const python of [...named, ...globSync(path.join(root, `versions/${version}.*/bin/python3`)).sort()]) {
    if (python === undefined) continue;
    const { code, stdout } = await runToEnd({ command: python, args: ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], timeoutMs: 30_000 });
    if (code === 0 && stdout.trim() === version) return python;
  }
  return undefined;
}

/** A Go of at least that version (`1.25`): ALMANAC_GO, then the PATH; undefined when there is none. */
export async function findGo(version: string, environment: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const go = findProgram(environment.ALMANAC_GO || 'go', environment);
  if (go === undefined) return undefined;
  const { stdout } = await runToEnd({ command: go, args: ['env', 'GOVERSION'], environment: { ...environment, GOTOOLCHAIN: 'local' }, timeoutMs: 30_000 });
  const [have, want] = [stdout.replace(/^go/, ''), version].map((text) => text.split('.').map(Number));
  const [major = 0, minor = 0] = have ?? [];
  const [wantMajor = 0, wantMinor = 0] = want ?? [];
  return major > wantMajor || (major === wantMajor && minor >= wantMinor) ? go : undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
