import cassandra from 'cassandra-driver';
import { Failure } from '../../domain/failure.ts';

// Server answers that mean "not now" (native protocol v5, section 9): unavailable, overloaded, bootstrapping, truncate, time-outs and failures of replicas.
const passingCodes = new Set([0x0000, 0x1000, 0x1001, 0x1002, 0x1003, 0x1100, 0x1200, 0x1300, 0x1500, 0x1600, 0x1700]);

/** A failure of the cluster as `store-unavailable`, worth trying again; a mistake of ours as it is. Statements and values are never quoted. */
export function translateCassandraError(cause: unknown, where: string): unknown {
  if (cause instanceof Failure) return cause;
  const { NoHostAvailableError, OperationTimedOutError, BusyConnectionError, ResponseError, AuthenticationError } = cassandra.errors;
  // While connecting, the driver tells what each node said inside "no host".
  const refusals = cause instanceof NoHostAvailableError ? Object.values((cause.innerErrors ?? {}) as Record<string, unknown>) : [cause];
  if (refusals.length > 0 && refusals.every((refusal) => refusal instanceof AuthenticationError)) {
    return new Failure('store-unavailable', `${where} refused the user name or password; check cassandra.credentials of the configuration`, { cause, isFinal: true });
  }
  if (cause instanceof NoHostAvailableError) {
    return new Failure('store-unavailable', `${where} does not answer (${firstReason(cause.innerErrors)}): start it (npm start), or set ALMANAC_CASSANDRA`, { cause, isFinal: false });
  }
  if (cause instanceof OperationTimedOutError || cause instanceof BusyConnectionError) {
    return new Failure('store-unavailable', `${where} did not answer in time`, { cause, isFinal: false });
  }
  if (cause instanceof ResponseError && passingCodes.has(cause.code)) {
    return new Failure('store-unavailable', `${where} could not complete a statement: ${cause.message}`, { cause, isFinal: false });
  }
  return cause;
}

function firstReason(innerErrors: unknown): string {
  const [first] = Object.values((innerErrors ?? {}) as Record<string, unknown>);
  return first instanceof Error ? first.message : 'no host was tried';
}
