import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { bytesOf, fetchJars, lockedJars } from './maven-jars.ts';
import { megabytes, reported } from './report.ts';
import type { Report } from './report.ts';
import { cassandra } from './versions.ts';

const recipe = path.join(import.meta.dirname, 'cassandra');

/**
 * Folder with the jars that are a whole Cassandra server, each checked against cassandra/jars.lock.
 * Always through Maven: the Apache tarball carries the same jars, but no checksum of it could be verified for pinning.
 */
export async function obtainCassandra(options: { cache: string; report: Report }): Promise<string> {
  return reported({
    part: `Cassandra ${cassandra.version}`,
    report: options.report,
    work: async (working) => {
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'cassandra',
        key: cassandra.version,
        make: (temporary) => fetchJars({ recipe, properties: { 'cassandra.version': cassandra.version }, folder: temporary, working }),
      });
      const jars = lockedJars(recipe);
      return { result: folder, detail: wasThere ? 'in cache' : `${jars.length} jars, ${megabytes(bytesOf(jars))}`, wasThere };
    },
  });
}
