import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

const chunkBytes = 64 * 1024;

/**
 * A file's content, unpacked when it is gzip (told by its first bytes, not by its name). `version()` is the SHA-256 of
 * the unpacked content, so packing the same content again is no change; known once all chunks were read.
 */
export function openContent(path: string, signal?: AbortSignal): { chunks: AsyncIterable<Buffer>; version(): string } {
  const hash = createHash('sha256');
  return {
    version: () => hash.digest('hex'),
    chunks: (async function* () {
      // First: a stream that cannot be opened while nobody listens to it would end the process.
      const isPacked = await isGzip(path);
      const file = createReadStream(path, { highWaterMark: chunkBytes });
      const source = isPacked ? pipeline(file, createGunzip({ chunkSize: chunkBytes }), () => undefined) : file;
      try {
        for await (const chunk of source as AsyncIterable<Buffer>) {
          signal?.throwIfAborted();
          hash.update(chunk);
          yield chunk;
        }
      } finally {
        file.destroy();
      }
    })(),
  };
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
