// What the machine itself must bring. Everything missing is named at once, before anything is downloaded.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, versions } from './node.mjs';

const vendorOfTemporal = 'https://temporal.download/cli';
const packages = {
  java: { reason: 'runs Cassandra', apt: 'openjdk-17-jre-headless', dnf: 'java-17-openjdk-headless', brew: 'openjdk@17' },
  mvn: { reason: 'fetches Cassandra', apt: 'maven', dnf: 'maven', brew: 'maven' },
  python3: { reason: 'fetches Temporal and libtensorflow', apt: 'python3 python3-pip', dnf: 'python3 python3-pip', brew: 'python@3' },
  pip: { reason: 'fetches Temporal and libtensorflow', apt: 'python3-pip', dnf: 'python3-pip', brew: 'python@3' },
  'g++': { reason: 'compiles the TensorFlow addon', apt: 'g++', dnf: 'gcc-c++', brew: 'gcc' },
};

/** One sentence for each thing that is missing; empty when the parts can be obtained and run here. */
export async function missingPrerequisites({ environment = process.env, isReachable = answers } = {}) {
  const platform = `${process.platform}-${process.arch}`;
  const cached = (part, key) => existsSync(path.join(cacheFolder(environment), part, key));
  const finds = (program) => find(program, environment) !== undefined;
  const wantsCassandra = !environment.ALMANAC_CASSANDRA;
  const fetchesCassandra = wantsCassandra && !cached('cassandra', versions.cassandra.version);
  const fetchesTemporal = !environment.TEMPORAL_ADDRESS && !finds('temporal') && !cached('temporal', `${versions.temporal.version}-${platform}`);
  const fetchesTensorflow = !cached('libtensorflow', `${versions.libtensorflow.version}-${platform}`);
  const compilesAddon = !cached('tfjs-addon', `${versions.libtensorflow.tfjsNode}-${versions.libtensorflow.version}-${platform}`);

  const missing = [];
  if (wantsCassandra) missing.push(...javaProblem(environment));
  if (fetchesCassandra && !finds('mvn')) missing.push(sentence('mvn', environment));
  if (compilesAddon && !finds(environment.CXX || 'g++')) missing.push(sentence('g++', environment));
  if (fetchesTensorflow || fetchesTemporal) {
    const problem = pythonProblem(environment);
    // Temporal alone needs no Python where its vendor's own download answers; asked only when Python is absent.
    if (problem && (fetchesTensorflow || !(await isReachable(vendorOfTemporal)))) missing.push(problem);
  }
  return missing;
}

/** First program of that name on the PATH, or the path itself when one is given. */
export function find(program, environment) {
  if (program.includes('/')) return isExecutable(program) ? program : undefined;
  return (environment.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, program)).find(isExecutable);
}

/** The Java that will run Cassandra: ALMANAC_JAVA, JAVA_HOME, PATH — the order of src/parts/find-java.ts. */
function javaProblem(environment) {
  const named = environment.ALMANAC_JAVA || (environment.JAVA_HOME && path.join(environment.JAVA_HOME, 'bin/java')) || 'java';
  const java = find(named, environment);
  if (!java) return [sentence('java', environment, `java ${versions.cassandra.java} is missing`)];
  const text = spawnSync(java, ['-version'], { encoding: 'utf8' }).stderr ?? '';
  const major = /version "(\d+)/.exec(text)?.[1];
  if (Number(major) === versions.cassandra.java) return [];
  return [sentence('java', environment, `${java} is version ${major ?? 'unknown'}, not ${versions.cassandra.java}`) + ' (then set ALMANAC_JAVA to it)'];
}

function pythonProblem(environment) {
  const python = find(environment.PYTHON || 'python3', environment);
  if (!python) return sentence('python3', environment, 'python3 with pip is missing');
  return spawnSync(python, ['-m', 'pip', '--version'], { env: environment }).status === 0 ? undefined : sentence('pip', environment, 'pip of python3 is missing');
}

function sentence(name, environment, problem = `${name} is missing`) {
  const wanted = packages[name];
  if (process.platform === 'darwin') return `${problem} (${wanted.reason}): brew install ${wanted.brew}`;
  const [manager, names] = find('dnf', environment) ? ['dnf', wanted.dnf] : ['apt-get', wanted.apt];
  return `${problem} (${wanted.reason}): sudo ${manager} install -y ${names}`;
}

async function answers(address) {
  return fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(3000) }).then(() => true, () => false);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
