import path from 'node:path';
import { obtainGoProgram } from './obtain-go-program.ts';
import { versitygw } from './versions.ts';
import type { Report } from './report.ts';

/** The `versitygw` program: an S3 server over a folder that is not ours. About 150 seconds of CPU. For tests alone. */
export function obtainVersitygw(options: { cache: string; go: string; report: Report }): Promise<string> {
  return obtainGoProgram({
    name: 'versitygw', part: `versitygw ${versitygw.version}`, version: versitygw.version,
    module: path.join(import.meta.dirname, 'versitygw'), files: ['go.mod', 'go.sum'], package: 'github.com/versity/versitygw/cmd/versitygw',
    flags: ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'],
    working: 'Go builds it', minutes: 20,
  }, options);
}
