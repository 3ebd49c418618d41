import path from 'node:path';
import { obtainGoProgram } from './obtain-go-program.ts';
import { kubernetes } from './versions.ts';
import type { Report } from './report.ts';

/** The one program of a pod's sandbox: it needs no library, so its image has nothing else. Seconds of CPU. For tests alone. */
export function obtainPause(options: { cache: string; go: string; report: Report }): Promise<string> {
  return obtainGoProgram({
    name: 'pause', part: 'pause', version: kubernetes.version,
    module: path.join(import.meta.dirname, 'pause'), files: ['go.mod', 'main.go'], package: '.',
    flags: ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'],
    working: 'Go builds it', minutes: 10,
  }, options);
}
