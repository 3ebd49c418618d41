import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import type { AddressInfo } from 'node:net';

/** What happens to the next requests on their way. */
export type Fault = 'none' | 'flip-sent' | 'cut-answer' | 'stall-answer' | 'silence' | 'answer-501' | 'answer-503';

/** Stands before an S3 server and hands everything on, or does a fault. Signatures stay valid: the Host header is the client's. */
export async function s3Relay(endpoint: string) {
  const relay = { fault: 'none' as Fault, address: '', requests: [] as IncomingMessage[], stop };
  const server = createServer((incoming, outgoing) => {
    relay.requests.push(incoming);
    if (relay.fault === 'silence') return;
    if (relay.fault === 'answer-501' || relay.fault === 'answer-503') return void outgoing.writeHead(Number(relay.fault.slice(-3))).end();
    handOn(incoming, outgoing);
  });

  function handOn(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url, headers } = incoming;
    const upstream = request(`${endpoint}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      if (relay.fault === 'cut-answer' && answer.statusCode === 200) answer.once('data', (chunk: Buffer) => outgoing.write(chunk.subarray(0, 10), () => outgoing.destroy()));
      else if (relay.fault === 'stall-answer' && answer.statusCode === 200) answer.once('data', (chunk: Buffer) => outgoing.write(chunk.subarray(0, 10)));
      else answer.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    incoming.pipe(relay.fault === 'flip-sent' ? flip() : new Transform({ transform: (chunk, _, done) => done(null, chunk) })).pipe(upstream);
  }

  async function stop(): Promise<void> {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  relay.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return relay;
}

function flip(): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const changed = Buffer.from(chunk);
      changed[0] = (changed[0] ?? 0) ^ 1;
      done(null, changed);
    },
  });
}
