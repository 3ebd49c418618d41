import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What stands between clients and a real endpoint, and changes what they ask or what they hear. */
export interface Lie {
  asked?(headers: IncomingHttpHeaders): IncomingHttpHeaders;
  answered?(body: Record<string, unknown>): Record<string, unknown>;
}

/** An address in front of the endpoint at `url` that passes everything on, but for the lie. */
export async function lyingEndpoint(url: string, { asked = (headers) => headers, answered = (body) => body }: Lie): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    void (async () => {
      const { host: _host, connection: _connection, ...headers } = asked(request.headers);
      const answer = await fetch(`${url}${request.url}`, { headers: headers as Record<string, string> });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json', connection: 'close' });
      response.end(JSON.stringify(answered((await answer.json()) as Record<string, unknown>)));
    })().catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      await once(server, 'close');
    },
  };
}
