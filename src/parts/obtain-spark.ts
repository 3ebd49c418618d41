import path from 'node:path';
import { bytesBelow, obtainOnce } from './cache.ts';
import { fetchJars } from './maven-jars.ts';
import { megabytes, reported } from './report.ts';
import { run } from './run-command.ts';
import { spark } from './versions.ts';
import type { Report } from './report.ts';

const recipe = path.join(import.meta.dirname, 'spark');
const key = `${spark.version}-${spark.connector}`;

/** A Spark of this machine, as `engine` of a rollup names one. */
export interface ObtainedSpark {
  /** SPARK_HOME. */
  readonly home: string;
  /** Folder of the connector to Cassandra and its jars. */
  readonly connector: string;
}

/**
 * Spark with its Python, and its connector to Cassandra: 400 MB, every file by its pinned hash. Only for those who ask for it: no
 * start needs it.
 */
export async function obtainSpark(options: { cache: string; python: string; report: Report }): Promise<ObtainedSpark> {
  return reported({
    part: `Spark ${spark.version}`,
    report: options.report,
    work: async (working) => {
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'spark',
        key,
        make: (temporary) => install({ temporary, python: options.python, working }),
      });
      return { result: inFolder(folder), detail: wasThere ? 'in cache' : megabytes(bytesBelow(folder)), wasThere };
    },
  });
}

/** Where it is, once it was obtained. */
export function obtainedSpark(cache: string): ObtainedSpark {
  return inFolder(path.join(cache, 'spark', key));
}

function inFolder(folder: string): ObtainedSpark {
  return { home: path.join(folder, 'site/pyspark'), connector: path.join(folder, 'connector') };
}

async function install({ temporary, python, working }: { temporary: string; python: string; working: (detail: string) => void }): Promise<void> {
  const progress = setInterval(() => working(`${megabytes(bytesBelow(temporary))} of 400 MB`), 2000);
  try {
    await run({
      command: python,
      args: ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-cache-dir', '--no-compile', '--require-hashes', '--root-user-action', 'ignore', '--target', path.join(temporary, 'site'), '--requirement', path.join(recipe, 'requirements.txt')],
      // pip unpacks below TMPDIR: inside the folder it leaves nothing behind.
      environment: { ...process.env, TMPDIR: temporary },
      timeoutMs: 20 * 60_000,
    });
  } finally {
    clearInterval(progress);
  }
  await fetchJars({ recipe, properties: { 'connector.version': spark.connector }, folder: path.join(temporary, 'connector'), working });
}
