import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/**
 * A name server that knows no name. Every machine asks one that says so; where the question goes nowhere instead, a client of gRPC
 * waits for the settings that a server might have published under its name, and does not connect.
 */
export async function startNameserver(address: string): Promise<{ stop(): Promise<void> }> {
  const server = createSocket('udp4');
  server.on('message', (question, { port, address: from }) => {
    const answer = Buffer.from(question);
    answer[2] = (answer[2] ?? 0) | 0x80; // an answer
    answer[3] = 0x83; // no such name, from one who would ask others
    server.send(answer, port, from);
  });
  server.bind(53, address);
  await once(server, 'listening');
  return {
    async stop() {
      server.close();
      await once(server, 'close');
    },
  };
}
