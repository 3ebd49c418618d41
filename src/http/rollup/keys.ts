import { hash, timingSafeEqual } from 'node:crypto';
import { Failure } from '../../domain/failure.ts';
import { bearerOf } from '../bearer.ts';
import { sendProblem } from './problems.ts';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';

/** Keys as they are in their files; null: there is none. */
export interface RollupKeys {
  /** Opens nothing but sending readings. */
  readonly intake: string | null;
  /** Opens nothing but reading. */
  readonly read: string | null;
}

/** The hook before every answer that holds data: open to all where there is no key, because then only this machine is listened to. */
export function createReadAccess({ read }: RollupKeys) {
  const opens = read === null ? null : opener(read);
  return function access(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    // A page of somebody else's whose name is pointed at this machine must not read what its visitor's machine can.
    if (opens === null && !isLoopback(request.hostname)) return void sendProblem(reply, 'misdirected');
    if (opens !== null && !opens(request.headers.authorization)) return void sendProblem(reply, 'unauthorized');
    done();
  };
}

/** The hook before readings are read at all. */
export function createIntakeAccess({ intake }: RollupKeys) {
  const opens = intake === null ? null : opener(intake);
  return function access(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    // What was sent is not waited for.
    if (opens === null) return void sendProblem(reply.header('connection', 'close'), 'intake-closed');
    if (!opens(request.headers.authorization)) return void sendProblem(reply.header('connection', 'close'), 'unauthorized');
    done();
  };
}

/** Fails with `bad-configuration` where data would be given to whoever reaches this address. */
export function checkOpenness(host: string, { read }: RollupKeys): void {
  if (read !== null || isLoopback(host)) return;
  throw new Failure('bad-configuration', `rollupServer.host is "${host}", which others reach, and rollupServer.readKeyFile is not set: expected a loopback address such as 127.0.0.1, or a file with a key of 32 characters or more that readers bring`);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** A missing, malformed and wrong key take the same steps: one SHA-256, one constant-time compare. */
function opener(key: string): (authorization: string | undefined) => boolean {
  const expected = hash('sha256', key, 'buffer');
  return (authorization) => timingSafeEqual(hash('sha256', bearerOf(authorization), 'buffer'), expected);
}
