import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../domain/failure.ts';
import { cacheFolder } from '../parts/cache.ts';
import { findProgram } from '../parts/find-program.ts';
import { obtainSpark, obtainedSpark, type ObtainedSpark } from '../parts/obtain-spark.ts';
import { childProcessRunner, type Launch } from '../runners/child-process.ts';
import { cassandraPlace } from './connect.ts';
import { root } from './root.ts';
import type { Config, RollupConfig } from '../config.ts';
import type { Report } from '../parts/report.ts';
import type { Job, JobRunner } from '../ports/job-runner.ts';

type SparkEngine = Extract<RollupConfig['engine'], { kind: 'spark' }>;

/** Of a job's memory, what is not Java's heap: its own structures, and Python beside it. */
const BESIDE_HEAP_MB = 448;

/** Where the Spark jobs of a rollup run: beside the worker, as child processes, whatever `runner` says of training; a cluster is behind their master. */
export function createRollupRunner(config: Config, engine: SparkEngine): JobRunner {
  return childProcessRunner({ programs: { rollup: (job) => launchOf(config, engine, job) }, recordFolder: join(config.home, 'jobs', 'running-rollups') });
}

/** Obtains the pinned Spark where a rollup uses it and names no other. */
export async function obtainSparkFor(config: Config, report: Report): Promise<void> {
  const [engine] = Object.values(config.rollups).map(({ engine: one }) => one).filter((one) => one.kind === 'spark' && (one.home === undefined || one.connector === undefined));
  if (engine?.kind === 'spark') await obtainSpark({ cache: cacheFolder(), python: engine.python, report });
}

/**
 * The driver's Python starts `spark-submit` and not the other way round: so it leads the group, hears the end of its standard input, and
 * Java ends with it.
 */
function launchOf(config: Config, engine: SparkEngine, job: Job): Launch {
  const { home, connector } = sparkOf(engine);
  const scratch = join(job.folder, 'scratch');
  return {
    command: engine.python,
    args: [join(root, 'spark/rollup.py'), job.folder, '--end-with-stdin'],
    environment: {
      SPARK_HOME: home,
      PYTHONPATH: pythonPath(home),
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      SPARK_LOCAL_IP: engine.driverHost ?? '127.0.0.1',
      ...javaHome(),
      PYSPARK_SUBMIT_ARGS: submitArgs(engine, connector, scratch, job.memoryMb).map(quoted).join(' '),
      ALMANAC_STORE: JSON.stringify(cassandraPlace(config)),
    },
  };
}

function submitArgs(engine: SparkEngine, connector: string, scratch: string, memoryMb: number): string[] {
  const host = engine.master.startsWith('local') ? '127.0.0.1' : (engine.driverHost ?? '127.0.0.1');
  const settings = {
    'spark.driver.host': host,
    'spark.driver.bindAddress': host,
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
    'spark.eventLog.enabled': 'false',
    'spark.log.level': 'WARN',
    'spark.local.dir': scratch,
    'spark.sql.warehouse.dir': join(scratch, 'warehouse'),
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.extensions': 'com.datastax.spark.connector.CassandraSparkExtensions',
    ...(engine.master.startsWith('local') ? { 'spark.sql.shuffle.partitions': '4', 'spark.default.parallelism': '4' } : {}),
  };
  return [
    '--master', engine.master, '--deploy-mode', 'client', '--driver-memory', `${memoryMb - BESIDE_HEAP_MB}m`,
    '--jars', globSync(join(connector, '*.jar')).sort().join(','),
    ...(engine.settingsFile === undefined ? [] : ['--properties-file', engine.settingsFile]),
    ...Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
    'pyspark-shell',
  ];
}

/** The one that is named, or the pinned one. */
function sparkOf({ home, connector }: SparkEngine): ObtainedSpark {
  const pinned = obtainedSpark(cacheFolder());
  const spark = { home: home ?? pinned.home, connector: connector ?? pinned.connector };
  for (const [what, folder] of Object.entries(spark)) {
    if (!existsSync(folder)) throw new Failure('part-missing', `Spark's ${what} is not at ${folder}: npm start obtains the pinned one for a rollup with engine.kind "spark"; engine.home and engine.connector name another`);
  }
  return spark;
}

/** Spark's own Python: beside it in a package of pip, inside it in a distribution. */
function pythonPath(home: string): string {
  const beside = dirname(home);
  return existsSync(join(beside, 'py4j')) ? beside : [join(home, 'python'), ...globSync(join(home, 'python/lib/py4j-*.zip'))].join(':');
}

/** The Java that is named for Cassandra is Spark's too; else Spark looks at JAVA_HOME and the PATH itself. */
function javaHome(): Record<string, string> {
  const java = process.env.ALMANAC_JAVA === undefined ? undefined : findProgram(process.env.ALMANAC_JAVA);
  const folder = java === undefined ? process.env.JAVA_HOME : dirname(dirname(java));
  return folder === undefined ? {} : { JAVA_HOME: folder };
}

/** As a shell would have it: Spark splits the text by its rules. */
function quoted(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
