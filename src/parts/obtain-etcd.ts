import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { findProgram } from './find-program.ts';
import { reported } from './report.ts';
import { unpackDebian } from './unpack-debian.ts';
import type { Report } from './report.ts';

/** The `etcd` of this machine; where there is none, Debian's is unpacked into the cache, and nothing is installed. For tests alone. */
export async function obtainEtcd(options: { cache: string; report: Report }): Promise<string> {
  return reported({
    part: 'etcd',
    report: options.report,
    work: async (working) => {
      const found = findProgram('etcd');
      if (found !== undefined) return { result: found, detail: `found at ${found}`, wasThere: true };
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'etcd',
        key: `debian-${process.arch}`,
        make: async (temporary) => {
          working('from Debian');
          await unpackDebian({ name: 'etcd-server', place: 'usr/bin/etcd', folder: temporary });
        },
      });
      return { result: path.join(folder, 'etcd'), detail: wasThere ? 'in cache' : 'from Debian', wasThere };
    },
  });
}
