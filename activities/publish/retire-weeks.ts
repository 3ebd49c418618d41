import { heartbeat } from '@temporalio/activity';
import { vaultName } from '../../src/domain/release/api-key.ts';
import { currentOf, weeksToRetire } from '../../src/domain/release/current.ts';
import { servedLast } from '../model/judge-past-weeks.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { Plugs } from '../plugs.ts';

type RetirePlugs = Pick<Plugs, 'releaseStore' | 'peopleStore' | 'keyVault' | 'publisher'>;

/** Retires the oldest weeks so that the property's latest `keepServing` stay, and clears those that are judged; finishes what an attempt before it left half done. */
export const retireOldWeeks = (plugs: RetirePlugs & Pick<Plugs, 'settingsOf'>) =>
  async ({ property }: { property: string }): Promise<{ retired: Week[] }> => {
    const { keepServing } = plugs.settingsOf(property);
    for (const week of weeksToRetire(await plugs.releaseStore.listWeeks(property), keepServing)) {
      await retire(plugs, property, week, `only the latest ${keepServing} weeks are served`, 'almanac');
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

/** Retires one week because somebody wants it so. */
export const retireWeek = (plugs: RetirePlugs) =>
  async ({ property, week, reason, by }: { property: string; week: Week; reason: string; by: string }): Promise<void> => {
    const service = await plugs.releaseStore.readService(property, week);
    // A week that was never live has no address to retire.
    if (service === null) return;
    if (service.state === 'live') await retire(plugs, property, week, reason, by);
    if (service.state === 'live' || !service.isCleared) await clear(plugs, property, week);
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
async function clear({ releaseStore, peopleStore, keyVault, publisher }: RetirePlugs, property: string, week: Week): Promise<void> {
  heartbeat({ week });
  await publisher.retire({ property, week });
  heartbeat({ week });
  const releases = await releaseStore.readReleases(property, week);
  const shardCount = Math.max(0, ...releases.map((release) => release.shardCount));
  await peopleStore.clearWeek({ property, week, revisions: releases.map(({ revision }) => revision), shardCount });
  await keyVault.forget(vaultName(property, week));
  await releaseStore.markCleared(property, week);
}
