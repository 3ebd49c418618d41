import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';

/** Different ports that nobody listens on, as the system gives them out. They are free, not reserved: use them soon. */
export async function freePorts(options: { count: number; address?: string }): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: options.count }, () => listen(options.address ?? '127.0.0.1')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => resolve(server));
  });
}
