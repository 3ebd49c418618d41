import { existsSync } from 'node:fs';
import { appendFile, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import TinyQueue from 'tinyqueue';

/** Ordinals counted on disk. */
export interface SpilledOrdinals {
  /** The ordinals of `count` rows from `position` on; asked for in order. */
  of(position: number, count: number): Promise<readonly number[]>;
  dispose(): Promise<void>;
}

// One bucket of a hundred million rows is about 400,000 rows: 50 MB while it is counted.
const buckets = 256;
const hashBytes = 16;
const rowBytes = hashBytes + 6;
const repeatBytes = 12;
const bufferBytes = rowBytes * 1024;

/** Sorts the hashes into bucket files, counts one bucket at a time and keeps (position, ordinal) of the repeated rows. */
export async function spillOrdinals(folder: string, hashes: AsyncIterable<readonly string[]>): Promise<SpilledOrdinals> {
  await spill(folder, hashes);
  const readers: RepeatReader[] = [];
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const rows = join(folder, `rows-${bucket}`);
    if (!existsSync(rows)) continue;
    const repeats = join(folder, `repeats-${bucket}`);
    await countBucket(rows, repeats);
    await rm(rows);
    if (existsSync(repeats)) readers.push(await openRepeats(repeats));
  }
  // A copy: the queue works in the array it is given, and all readers are closed at the end.
  const next = new TinyQueue([...readers], (a, b) => a.position - b.position);
  return {
    async of(position, count) {
      const ordinals = Array.from({ length: count }, () => 0);
      for (let reader = next.peek(); reader && reader.position < position + count; reader = next.peek()) {
        if (reader.position >= position) ordinals[reader.position - position] = reader.ordinal;
        next.pop();
        if (await reader.advance()) next.push(reader);
      }
      return ordinals;
    },
    async dispose() {
      await Promise.all(readers.map((reader) => reader.close()));
    },
  };
}

async function spill(folder: string, hashes: AsyncIterable<readonly string[]>): Promise<void> {
  const buffers = Array.from({ length: buckets }, () => ({ bytes: Buffer.alloc(bufferBytes), used: 0 }));
  let position = 0;
  for await (const some of hashes) {
    for (const hash of some) {
      const digest = Buffer.from(hash, 'base64url');
      const bucket = digest[0] as number;
      const buffer = buffers[bucket] as { bytes: Buffer; used: number };
      digest.copy(buffer.bytes, buffer.used, 0, hashBytes);
      buffer.bytes.writeUIntBE(position, buffer.used + hashBytes, 6);
      buffer.used += rowBytes;
      position += 1;
      if (buffer.used === bufferBytes) {
        await appendFile(join(folder, `rows-${bucket}`), buffer.bytes);
        buffer.used = 0;
      }
    }
  }
  for (const [bucket, { bytes, used }] of buffers.entries()) {
    if (used > 0) await appendFile(join(folder, `rows-${bucket}`), bytes.subarray(0, used));
  }
}

async function countBucket(rowsFile: string, repeatsFile: string): Promise<void> {
  const counts = new Map<string, number>();
  const file = await open(rowsFile, 'r');
  try {
    const rows = Buffer.alloc(bufferBytes);
    for (let filled = await fill(file, rows); filled > 0; filled = await fill(file, rows)) {
      const repeats = Buffer.alloc((filled / rowBytes) * repeatBytes);
      let used = 0;
      for (let at = 0; at < filled; at += rowBytes) {
        const hash = rows.toString('latin1', at, at + hashBytes);
        const ordinal = counts.get(hash) ?? 0;
        counts.set(hash, ordinal + 1);
        if (ordinal === 0) continue;
        rows.copy(repeats, used, at + hashBytes, at + rowBytes);
        repeats.writeUIntBE(ordinal, used + 6, 6);
        used += repeatBytes;
      }
      if (used > 0) await appendFile(repeatsFile, repeats.subarray(0, used));
    }
  } finally {
    await file.close();
  }
}

/** Fills the buffer as far as the file goes: a read may return less than was asked for. */
async function fill(file: FileHandle, buffer: Buffer): Promise<number> {
  let filled = 0;
  for (let read = -1; read !== 0 && filled < buffer.length; filled += read) {
    read = (await file.read(buffer, filled, buffer.length - filled, null)).bytesRead;
  }
  return filled;
}

interface RepeatReader {
  position: number;
  ordinal: number;
  /** False at the end. */
  advance(): Promise<boolean>;
  close(): Promise<void>;
}

async function openRepeats(path: string): Promise<RepeatReader> {
  const file: FileHandle = await open(path, 'r');
  const buffer = Buffer.alloc(repeatBytes * 512);
  let at = 0;
  let filled = 0;
  const reader: RepeatReader = {
    position: 0,
    ordinal: 0,
    async advance() {
      if (at === filled) {
        filled = await fill(file, buffer);
        at = 0;
        if (filled === 0) return false;
      }
      reader.position = buffer.readUIntBE(at, 6);
      reader.ordinal = buffer.readUIntBE(at + 6, 6);
      at += repeatBytes;
      return true;
    },
    close: () => file.close(),
  };
  await reader.advance();
  return reader;
}
