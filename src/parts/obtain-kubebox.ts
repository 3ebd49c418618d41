import path from 'node:path';
import { obtainGoProgram } from './obtain-go-program.ts';
import { kubernetes } from './versions.ts';
import type { Report } from './report.ts';

const stamped = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].map((unit) => `-X ${unit}.gitVersion=v${kubernetes.version}`).join(' ');

/**
 * The program `kubebox`: API server, controllers, scheduler, kubelet and proxy of Kubernetes, built from their modules.
 * About 480 seconds of CPU. For tests alone.
 */
export function obtainKubebox(options: { cache: string; go: string; report: Report }): Promise<string> {
  return obtainGoProgram({
    name: 'kubebox', part: `Kubernetes ${kubernetes.version}`, version: kubernetes.version,
    module: path.join(import.meta.dirname, 'kubebox'), files: ['go.mod', 'go.sum', 'main.go'], package: '.',
    // Optimising would double the time of the build, and the tests wait for the cluster's clocks, not for its arithmetic.
    flags: ['-mod=readonly', '-trimpath', '-buildvcs=false', '-gcflags=all=-N -l -dwarf=false', `-ldflags=-s -w ${stamped}`],
    working: 'Go builds it, which takes minutes', minutes: 60,
  }, options);
}
