import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { Failure } from '../../src/domain/failure.ts';
import { parseReading } from '../../src/domain/rollup/reading.ts';
import { takeInReadings, type TakenIn } from './take-in-readings.ts';
import type { Reading } from '../../src/domain/rollup/reading.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import type { Plugs } from '../plugs.ts';

/** All lines before this one are stored and counted: what a heartbeat carries and a retry begins with. */
interface ListCursor {
  readonly line: number;
  readonly taken: TakenIn;
}

const CHUNK_LINES = 5000;
const start: ListCursor = { line: 0, taken: { 'on-time': 0, late: 0, aside: 0 } };

/**
 * Takes in a list of readings, one JSON object a line, a chunk at a time. All lines are read before the first is stored:
 * a list with a line that is no reading is refused whole, with `bad-argument`. Taken in twice it is stored once.
 */
export const takeInList = (plugs: Pick<Plugs, 'rollupSettingsOf' | 'rollupStore' | 'artifacts'>) =>
  async ({ property, list }: { property: string; list: ArtifactRef }): Promise<TakenIn> => {
    const file = await plugs.artifacts.localPath(list);
    const { platforms } = plugs.rollupSettingsOf(property);
    const takeIn = takeInReadings(plugs);
    let cursor = (activityInfo().heartbeatDetails as ListCursor | undefined) ?? start;
    if (cursor.line === 0) for await (const { line } of chunksOf(file, platforms)) heartbeat({ ...start, read: line });
    for await (const { line, readings } of chunksOf(file, platforms)) {
      if (line <= cursor.line) continue;
      const more = await takeIn(property, readings);
      const { taken } = cursor;
      cursor = { line, taken: { 'on-time': taken['on-time'] + more['on-time'], late: taken.late + more.late, aside: taken.aside + more.aside } };
      heartbeat(cursor);
    }
    return cursor.taken;
  };

/** Readings in chunks, each with the number of its last line; the same chunks each time. */
async function* chunksOf(file: string, platforms: readonly string[]): AsyncGenerator<{ line: number; readings: Reading[] }> {
  let line = 0;
  let readings: Reading[] = [];
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    cancellationSignal().throwIfAborted();
    line += 1;
    if (text.trim() !== '') {
      const reading = parseReading(text, platforms);
      if (typeof reading === 'string') throw new Failure('bad-argument', `line ${line} of the list is no reading: ${reading}; nothing of the list was stored`);
      readings.push(reading);
    }
    if (line % CHUNK_LINES > 0) continue;
    yield { line, readings };
    readings = [];
  }
  if (readings.length > 0) yield { line, readings };
}
