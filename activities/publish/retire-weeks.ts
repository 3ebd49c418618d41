import { heartbeat } from '@temporalio/activity';
import { vaultName } from '../../src/domain/release/api-key.ts';
import { currentOf, weeksToRetire } from '../../src/domain/release/current.ts';
import { servedLast } from '../model/judge-past-weeks.ts';
import { whileWaiting } from './while-waiting.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { Plugs } from '../plugs.ts';

type RetirePlugs = Pick<Plugs, 'releaseStore' | 'peopleStore' | 'keyVault' | 'publisher' | 'settingsOf'>;

/**
 * Retires the oldest weeks so that the property's latest `keepServing` stay, and clears those that are judged; finishes what
 * an attempt before it left half done. The week that was just published stays, however old it is: somebody wanted it again.
 */
export const retireOldWeeks = (plugs: RetirePlugs) =>
  async ({ property, published }: { property: string; published: Week }): Promise<{ retired: Week[] }> => {
    const { keepServing } = plugs.settingsOf(property);
    for (const week of weeksToRetire(await plugs.releaseStore.listWeeks(property), keepServing)) {
      if (week !== published) await retire(plugs, property, week, `only the latest ${keepServing} weeks are served`, 'almanac');
    }
    const retired = (await plugs.releaseStore.listWeeks(property)).filter(({ service }) => service?.state === 'retired' && !service.isCleared).map(({ week }) => week);
    for (const week of retired) if (await isJudged(plugs, property, week)) await clear(plugs, property, week);
    return { retired };
  };

/** Rows of a week are kept until its predictions were judged against what happened: a horizon may be longer than weeks are served. */
async function isJudged(plugs: RetirePlugs, property: string, week: Week): Promise<boolean> {
  const release = await servedLast(plugs, property, week);
  return release === null || release.scored === 0 || (await plugs.releaseStore.readVerdict(release)) !== null;
}

/** Retires one week. Its rows go at once when somebody wants it so; a week that is only too old keeps them until it is judged. */
export const retireWeek = (plugs: RetirePlugs) =>
  async ({ property, week, reason, by, keepsUnjudged = false }: { property: string; week: Week; reason: string; by: string; keepsUnjudged?: boolean }): Promise<void> => {
    const service = await plugs.releaseStore.readService(property, week);
    // A week that was never live has no address to retire; what its builds left goes all the same.
    if (service === null) return clearRows(plugs, property, week);
    if (service.state === 'live') await retire(plugs, property, week, reason, by);
    else if (service.isCleared) return;
    if (!keepsUnjudged || (await isJudged(plugs, property, week))) await clear(plugs, property, week);
  };

/** From here on the address answers 410 and names the latest week that is served. */
async function retire({ releaseStore }: RetirePlugs, property: string, week: Week, reason: string, by: string): Promise<void> {
  const others = (await releaseStore.listWeeks(property)).filter((other) => other.week !== week);
  const service = await releaseStore.readService(property, week);
  const revision = service?.state === 'live' ? service.revision : 0;
  // The line first: a retry no longer meets a retired week.
  await releaseStore.writeAudit({ property, id: `retire/${week}.${revision}`, action: 'retire', subject: week, reason, actor: by });
  await releaseStore.retireWeek(property, week, currentOf(others, 0)?.week ?? null);
}

/** Rows and plain key go once the address says 410; noting it comes last, so that a crash before it is made good later. */
async function clear(plugs: RetirePlugs, property: string, week: Week): Promise<void> {
  heartbeat({ week });
  await plugs.publisher.retire({ property, week }, whileWaiting());
  heartbeat({ week });
  await clearRows(plugs, property, week);
  await plugs.keyVault.forget(vaultName(property, week));
  await plugs.releaseStore.markCleared(property, week);
}

/** Rows of every revision, also of those that never became a release; then the manifests of the stages that left them. */
async function clearRows({ releaseStore, peopleStore, settingsOf }: RetirePlugs, property: string, week: Week): Promise<void> {
  const [releases, stages] = await Promise.all([releaseStore.readReleases(property, week), releaseStore.readStages(property, week)]);
  const newest = Math.max(0, ...[...releases, ...stages].map(({ revision }) => revision));
  const shardCount = Math.max(settingsOf(property).shards, ...releases.map((release) => release.shardCount));
  await peopleStore.clearWeek({ property, week, revisions: Array.from({ length: newest }, (_, index) => index + 1), shardCount });
  await releaseStore.deleteStages(property, week, ['extract', 'score']);
}
