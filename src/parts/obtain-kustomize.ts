import path from 'node:path';
import { obtainGoProgram } from './obtain-go-program.ts';
import { kustomize } from './versions.ts';
import type { Report } from './report.ts';

/** The `kustomize` program: what `kubectl apply -k` does before it applies. Less than a minute of CPU. For tests alone. */
export function obtainKustomize(options: { cache: string; go: string; report: Report }): Promise<string> {
  return obtainGoProgram({
    name: 'kustomize', part: `kustomize ${kustomize.version}`, version: kustomize.version,
    module: path.join(import.meta.dirname, 'kustomize'), files: ['go.mod', 'go.sum'], package: 'sigs.k8s.io/kustomize/kustomize/v5',
    flags: ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'],
    working: 'Go builds it', minutes: 20,
  }, options);
}
