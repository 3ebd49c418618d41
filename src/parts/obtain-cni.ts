import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { findProgram } from './find-program.ts';
import { reported } from './report.ts';
import { unpackDebian } from './unpack-debian.ts';
import type { Report } from './report.ts';

/** Where Debian's package and those of others have them. */
const places = ['/usr/lib/cni', '/opt/cni/bin'];
const needed = ['bridge', 'host-local', 'loopback'];

/** The folder of the programs by which pods get their network; where there is none, Debian's are unpacked into the cache. For tests alone. */
export async function obtainCni(options: { cache: string; report: Report }): Promise<string> {
  return reported({
    part: 'CNI plugins',
    report: options.report,
    work: async (working) => {
      const found = places.find((folder) => needed.every((name) => findProgram(path.join(folder, name)) !== undefined));
      if (found !== undefined) return { result: found, detail: `found in ${found}`, wasThere: true };
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'cni',
        key: `debian-${process.arch}`,
        make: async (temporary) => {
          working('from Debian');
          await unpackDebian({ name: 'containernetworking-plugins', place: 'usr/lib/cni', folder: temporary });
        },
      });
      return { result: path.join(folder, 'cni'), detail: wasThere ? 'in cache' : 'from Debian', wasThere };
    },
  });
}
