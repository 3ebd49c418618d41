import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { configFrom } from '../../src/config.ts';
import { cassandraOptions } from '../../src/main/connect.ts';
import { connectCassandra } from '../../src/stores/cassandra/connection.ts';
import { testFolder } from '../world.ts';

// Of the native protocol, version 4: a header of nine bytes (version, flags, stream, operation, length) and a body.
const [ERROR, STARTUP, AUTHENTICATE, AUTH_RESPONSE] = [0x00, 0x01, 0x03, 0x0f];
const [PROTOCOL_ERROR, BAD_CREDENTIALS] = [0x000a, 0x0100];

/** A server that asks who comes, writes down what it is told, and refuses. */
async function refusingServer() {
  const told: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined).on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 9 && rest.length >= 9 + rest.readUInt32BE(5)) {
        const [version, operation, body] = [rest[0]!, rest[4]!, rest.subarray(9, 9 + rest.readUInt32BE(5))]; // a header has nine bytes
        const answer = (code: number, payload: Buffer) => {
          const header = Buffer.from([0x84, 0, 0, 0, code, 0, 0, 0, 0]);
          rest.copy(header, 2, 2, 4);
          header.writeUInt32BE(payload.length, 5);
          socket.write(Buffer.concat([header, payload]));
        };
        if (version !== 4) answer(ERROR, error(PROTOCOL_ERROR, 'Invalid or unsupported protocol version'));
        else if (operation === STARTUP) answer(AUTHENTICATE, text('org.apache.cassandra.auth.PasswordAuthenticator'));
        else if (operation === AUTH_RESPONSE) {
          told.push(body.subarray(4).toString('utf8'));
          answer(ERROR, error(BAD_CREDENTIALS, 'Provided username and/or password are incorrect'));
        }
        rest = rest.subarray(9 + body.length);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { told, port: (server.address() as AddressInfo).port, stop: () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  } };
}

function text(value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value)]);
}

function error(code: number, message: string): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(code);
  return Buffer.concat([number, text(message)]);
}

suite('credentials for Cassandra', () => {
  let scratch: Awaited<ReturnType<typeof testFolder>>;
  let server: Awaited<ReturnType<typeof refusingServer>>;
  before(async () => {
    [scratch, server] = await Promise.all([testFolder(), refusingServer()]);
    writeFileSync(join(scratch.folder, 'password'), 'open sesame\n');
  });
  after(async () => {
    server.stop();
    await scratch.dispose();
  });
  const config = (credentials: unknown, env: Record<string, string> = {}) =>
    configFrom({ cassandra: { contactPoints: [`127.0.0.1:${server.port}`], ...(credentials ? { credentials } : {}) }, properties: {} }, env, join(scratch.folder, 'almanac.yaml'));

  test('reach the cluster, from a file beside the configuration; a refusal is final and names neither', async () => {
    const read = config({ username: 'almanac', passwordFile: 'password' });
    assert.ok(!JSON.stringify(read).includes('sesame'), 'the configuration holds a reference only');
    await assert.rejects(connectCassandra(cassandraOptions(read)), (failure: Error & { isFinal?: boolean }) => {
      assert.match(failure.message, /refused the user name or password; check cassandra\.credentials of the configuration$/);
      return failure.isFinal === true;
    });
    assert.equal(server.told[0], '\0almanac\0open sesame');
  });

  test('come from the environment', () => {
    const { credentials } = cassandraOptions(config(undefined, { ALMANAC_CASSANDRA_USERNAME: 'ann', ALMANAC_CASSANDRA_PASSWORD_FILE: join(scratch.folder, 'password') }));
    assert.deepEqual(credentials, { username: 'ann', password: 'open sesame' });
    assert.equal(cassandraOptions(config(undefined)).credentials, undefined);
  });

  test('a file that is not there and half a reference are said', () => {
    const missing = join(scratch.folder, 'nowhere');
    assert.throws(() => cassandraOptions(config({ username: 'ann', passwordFile: missing })), { code: 'bad-configuration', message: `cassandra.credentials.passwordFile ${missing} cannot be read (ENOENT): expected a file with the password` });
    assert.throws(() => config(undefined, { ALMANAC_CASSANDRA_USERNAME: 'ann' }), { code: 'bad-configuration', message: /cassandra\.credentials lacks passwordFile/ });
  });
});
