import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ProcessSpec } from './process-spec.ts';

export interface LocalBigqueryOptions {
  /** Of its data and of its log. */
  readonly folder: string;
  /** As obtained. */
  readonly installed: string;
  readonly python: string;
  readonly port: number;
  readonly grpcPort: number;
}

/** local-bigquery on loopback, empty when `folder` is. */
export function localBigqueryProcess({ folder, installed, python, port, grpcPort }: LocalBigqueryOptions): ProcessSpec {
  return {
    name: 'local-bigquery',
    command: python,
    args: ['-c', 'from local_bigquery.cli import main; main()', '--host', '127.0.0.1', '--port', String(port), '--grpc-port', String(grpcPort), '--data-dir', path.join(folder, 'data')],
    // It looks for DuckDB's extensions at home, and would download what is not there.
    env: { HOME: path.join(installed, 'home'), PYTHONPATH: path.join(installed, 'site'), PYTHONDONTWRITEBYTECODE: '1' },
    prepare: async () => void mkdirSync(folder, { recursive: true }),
    ready: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/bigquery/v2/projects/local/datasets`, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    },
  };
}
