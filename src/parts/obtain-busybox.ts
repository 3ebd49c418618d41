import { existsSync } from 'node:fs';
import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { reported } from './report.ts';
import { unpackDebian } from './unpack-debian.ts';
import type { Report } from './report.ts';

/** A shell and its tools in one static program, for images that stand for those of a registry; Debian's is unpacked into the cache. For tests alone. */
export async function obtainBusybox(options: { cache: string; report: Report }): Promise<string> {
  return reported({
    part: 'BusyBox',
    report: options.report,
    work: async (working) => {
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'busybox',
        key: `debian-${process.arch}`,
        make: async (temporary) => {
          working('from Debian');
          await unpackDebian({ name: 'busybox-static', place: '.', folder: temporary });
        },
      });
      // Later releases of Debian have everything below /usr.
      const result = ['bin/busybox', 'usr/bin/busybox'].map((place) => path.join(folder, place)).find((file) => existsSync(file));
      if (result === undefined) throw new Error('the package busybox-static has no busybox');
      return { result, detail: wasThere ? 'in cache' : 'from Debian', wasThere };
    },
  });
}
