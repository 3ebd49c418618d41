import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { keepNames } from '../../src/domain/activity/event-names.ts';
import { isReadable } from '../../src/domain/activity/manifest.ts';
import { isStillWaived } from '../../src/domain/activity/waiver.ts';
import { outcomeOf, type DayOutcome } from './day-outcome.ts';
import { verdictOnContent, verdictOnDay } from './verdict-on-day.ts';
import type { DayManifest } from '../../src/domain/activity/manifest.ts';
import type { GenerationKey } from '../../src/ports/activity-store.ts';
import type { IngestPlugs } from './ingest-plugs.ts';
import type { DayLook } from './look-at-day.ts';
import type { LoadCursor } from './load-day.ts';

type FoundRows = Extract<DayLook, { found: 'rows' }>;

export interface SealRequest extends GenerationKey {
  readonly look: FoundRows;
  /** What loading wrote; null when the generation was sealed before and only has to become current. */
  readonly loaded: LoadCursor | null;
}

/**
 * Proves that the store holds what was written, judges the day, writes its manifest and points the day at it. Null when
 * that cannot be: rows are missing or strange (the generation is dropped), or another look, or a person, was faster. Then look again.
 */
export const sealDay = (plugs: IngestPlugs) =>
  async ({ look, loaded, ...key }: SealRequest): Promise<DayOutcome | null> => {
    const { activityStore } = plugs;
    const manifest = (await activityStore.readManifest(key)) ?? (await writeManifest(plugs, key, look, loaded));
    if (!manifest) return null;
    const judged = await verdictOnDay(plugs, { ...key, counts: manifest, mappingHash: look.mappingHash, finality: look.finality });
    const [known] = await activityStore.readDays(key.property, key.day, key.day);
    const verdict = known && isStillWaived(known, judged) ? { ...judged, state: known.state, reason: known.reason } : judged;
    if (!(await activityStore.moveCurrent({ ...key, expected: look.seen, ...(known ? { was: known.state } : {}), ...verdict }))) return null;
    const isAwaited = verdict.state === 'provisional' && isReadable(verdict.state, plugs.settingsOf(key.property).finality);
    return { ...outcomeOf(key.property, { ...manifest, ...verdict }), ...(isAwaited ? { isAwaited } : {}) };
  };

async function writeManifest(plugs: IngestPlugs, key: GenerationKey, look: FoundRows, loaded: LoadCursor | null): Promise<DayManifest | null> {
  if (!loaded) return null;
  const { activityStore, settingsOf } = plugs;
  const { shards, checks } = settingsOf(key.property);
  const measured = await activityStore.measureGeneration(key, shards, { signal: cancellationSignal(), onProgress: () => heartbeat() });
  if (measured.rows !== loaded.rows || measured.checksum !== loaded.checksum) {
    await activityStore.dropGeneration(key, shards, loaded);
    return null;
  }
  const counts = { rows: loaded.rows, people: measured.people, anonymous: loaded.anonymous, quarantined: loaded.quarantined, ...(loaded.sourceEvents ? { sourceEvents: loaded.sourceEvents } : {}), eventNames: keepNames(measured.eventNames, checks.expectedEvents) };
  // A manifest stays: it says what the content alone is worth. Beside the days before it, the pointer says it.
  const verdict = verdictOnContent(plugs, { ...key, counts, finality: look.finality });
  const manifest = { ...key, ...verdict, ...counts, sourceVersion: look.sourceVersion, mappingHash: look.mappingHash, bytes: look.bytes, bytesBilled: loaded.bytesBilled ?? 0, checksum: loaded.checksum };
  await activityStore.sealGeneration(manifest);
  return manifest;
}
