import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { addToChecksum, emptyChecksum } from '../../src/domain/activity/checksum.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { KeyedEvent } from '../../src/domain/activity/event.ts';
import type { SourceEvents } from '../../src/domain/activity/manifest.ts';
import type { ActivityStore, GenerationKey, QuarantinedRow } from '../../src/ports/activity-store.ts';
import type { SourceRow } from '../../src/ports/activity-source.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

/** Everything before `position` is in the store and in these counts: what a heartbeat carries and a retry begins with. */
export interface LoadCursor {
  readonly position: number;
  readonly rows: number;
  readonly anonymous: number;
  readonly quarantined: number;
  readonly checksum: string;
  /** Absent until a row says how many events it stands for. */
  readonly sourceEvents?: SourceEvents;
  /** By the source, for reading this version, all attempts together; absent where nothing is billed. */
  readonly bytesBilled?: number;
}

export type LoadedDay =
  | ({ readonly end: 'loaded' } & LoadCursor)
  /** The source is another one now: look again. */
  | { readonly end: 'changed' }
  | { readonly end: 'unreadable'; readonly reason: string };

const start: LoadCursor = { position: 0, rows: 0, anonymous: 0, quarantined: 0, checksum: emptyChecksum };
/** Beyond it bad rows are counted and no longer kept: the quarantine of a day is one partition. */
const quarantineKept = 100_000;

/**
 * Reads the day's rows into its generation, a chunk at a time; while one chunk is written the next is read. A heartbeat
 * after each chunk carries the cursor, so a retry redoes at most the chunk that was being written, with equal keys.
 */
export const loadDay = ({ activityStore, sourceOf, settingsOf, limits }: IngestPlugs) =>
  async ({ sourceVersion, ...key }: GenerationKey & { sourceVersion: string }): Promise<LoadedDay> => {
    const { shards } = settingsOf(key.property);
    let cursor = (activityInfo().heartbeatDetails as LoadCursor | undefined) ?? start;
    let writing: Promise<void> = Promise.resolve();
    const write = async (chunk: readonly SourceRow[]): Promise<void> => {
      cursor = await writeChunk(activityStore, key, shards, chunk, cursor);
      heartbeat(cursor);
    };
    const onBilled = (bytes: number): void => {
      cursor = { ...cursor, bytesBilled: bytes };
      heartbeat(cursor);
    };
    try {
      const reading = { sourceVersion, from: cursor.position, batchRows: limits.chunkRows, signal: cancellationSignal(), onBilled };
      for await (const chunk of sourceOf(key.property).read(key.day, reading)) {
        await writing;
        if (chunk.length === 0) heartbeat(cursor);
        writing = write(chunk);
        writing.catch(() => undefined); // thrown where it is awaited, or a failure of reading came first
      }
      await writing;
      return { end: 'loaded', ...cursor };
    } catch (error) {
      await writing.catch(() => undefined);
      if (!(error instanceof Failure) || (error.code !== 'day-changed-while-read' && error.code !== 'day-bad-rows')) throw error;
      // Rows of two contents must never share a number. What reading them was billed stays with it.
      await activityStore.dropGeneration(key, shards, cursor);
      return error.code === 'day-bad-rows' ? { end: 'unreadable', reason: error.message } : { end: 'changed' };
    }
  };

async function writeChunk(store: ActivityStore, key: GenerationKey, shards: number, chunk: readonly SourceRow[], before: LoadCursor): Promise<LoadCursor> {
  const events: KeyedEvent[] = [];
  const rejected: QuarantinedRow[] = [];
  for (const row of chunk) {
    if (row.kind === 'event') events.push({ ...row.event, eventKey: row.eventKey, payload: row.payload });
    if (row.kind === 'rejected') rejected.push({ position: row.position, file: row.file, line: row.line, reason: row.reason, payload: row.payload });
  }
  if (events.length > 0) await store.writeEvents(key, shards, events);
  const kept = rejected.slice(0, Math.max(0, quarantineKept - before.quarantined));
  if (kept.length > 0) await store.writeQuarantine(key, kept);
  return {
    ...before,
    position: before.position + chunk.length,
    rows: before.rows + events.length,
    anonymous: before.anonymous + chunk.length - events.length - rejected.length,
    quarantined: before.quarantined + rejected.length,
    ...withEvents(before, chunk),
    checksum: addToChecksum(before.checksum, events.map((event) => event.eventKey)),
  };
}

/** The rows before the first that stands for many, or that an older version wrote, are one event each. */
function withEvents({ rows, anonymous, sourceEvents }: LoadCursor, chunk: readonly SourceRow[]): Pick<LoadCursor, 'sourceEvents'> {
  const isOneEach = chunk.every((row) => row.kind === 'rejected' || row.standsFor === undefined);
  if (!sourceEvents && isOneEach) return {};
  const sum = { ...(sourceEvents ?? { known: rows, anonymous }) };
  for (const row of chunk) {
    if (row.kind === 'event') sum.known += row.standsFor ?? 1;
    if (row.kind === 'anonymous') sum.anonymous += row.standsFor ?? 1;
  }
  return { sourceEvents: sum };
}
