import { Type } from 'typebox';
import { closed, port } from './fragments.ts';

export const ModelServerSchema = Type.Object({
  /** Of one that runs elsewhere and has `models` of our home as its folder. */
  address: Type.Optional(Type.String()),
  port: port(8501),
  /** Instead of a process of ours: our image or `tensorflow/serving`, which get the same files, environment, arguments and calls. */
  container: Type.Optional(Type.Object({
    /** Built or pulled before. */
    image: Type.String({ pattern: '^[a-z0-9][A-Za-z0-9._/:@-]*$' }),
    /** Of the daemon on this machine. */
    socket: Type.String({ pattern: '^/', default: '/var/run/docker.sock' }),
    memoryMb: Type.Integer({ minimum: 256, default: 1024 }),
  }, closed)),
}, { ...closed, default: {} });
