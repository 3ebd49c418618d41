import { Type } from 'typebox';
import { closed } from './fragments.ts';

const ChildProcessRunner = Type.Object({ kind: Type.Literal('child-process') }, closed);

const DockerRunner = Type.Object({
  kind: Type.Literal('docker'),
  /** Built or pulled before; never pulled by a job. */
  image: Type.String({ pattern: '^[a-z0-9][A-Za-z0-9._/:@-]*$', default: 'almanac:0.1.0' }),
  /** Of the daemon on this machine. */
  socket: Type.String({ pattern: '^/', default: '/var/run/docker.sock' }),
}, closed);

/** The shapes of `runner` by its `kind`. */
export const RunnerSchemas = { 'child-process': ChildProcessRunner, docker: DockerRunner } as const;

export const RunnerSchema = Type.Union([ChildProcessRunner, DockerRunner], { default: { kind: 'child-process' } });
