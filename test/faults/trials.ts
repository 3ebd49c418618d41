import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAlmanac } from '../../src/client.ts';
import { connectStores, connectTemporal } from '../../src/main/connect.ts';
import { configureTestStack, eventually } from '../stack.ts';
import { armedKills } from './armed.ts';
import { injected } from './injected.ts';
import { drawKill, sentenceOf, TARGETS, type Chance, type Kill, type Strike, type Target } from './kills.ts';
import { gapsProperty, LITTLE_SHOP, littleShopProperties, writeLittleShop } from './little-shop.ts';
import { differencesOf, dumpOf, type Dump } from './tables.ts';
import { processesOf } from '../processes.ts';
import { orphansOf, pidsOf, startTree, type Tree } from './tree.ts';
import type { Chapter } from './chapters.ts';
import type { Execution } from './watched-calls.ts';

/** A tree as `npm start` makes it, in which chapters are played, with or without kills. */
export interface Stage {
  play(chapter: Chapter, kills?: readonly Kill[]): Promise<Played>;
  /** Ends the tree; fails when a process of it is left. */
  stop(): Promise<void>;
}

export interface Played {
  readonly dump: Dump;
  readonly trace: readonly Execution[];
  readonly strikes: readonly Strike[];
  readonly seconds: number;
}

export type Ground = { readonly folder: string; remove(): void };

/** The source files of all runs. */
export function prepareGround(): Ground {
  const folder = mkdtempSync(join(tmpdir(), 'almanac-little-'));
  writeLittleShop(folder);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function openStage({ folder }: Ground): Promise<Stage> {
  const { home, config, env } = await configureTestStack({ parts: 'own', properties: { ...littleShopProperties(folder), ...gapsProperty(folder) }, env: injected('watched-steps') });
  const faults = join(home, 'faults');
  const armed = armedKills(faults);
  let tree = await startTree({ home, env });
  const [temporal, stores] = await Promise.all([connectTemporal(config, 30_000), connectStores(config)]);
  const almanac = createAlmanac({ client: temporal.client, taskQueue: config.temporal.taskQueue, artifacts: stores.artifacts, peopleStore: stores.peopleStore });

  return {
    async play(chapter, kills = []) {
      const began = Date.now();
      const known = traceIn(faults).length;
      for (const kill of kills) armed.arm(kill);
      const rising = kills.some(({ target }) => target === 'tree') ? riseAgain(tree) : undefined;
      await chapter.play({ almanac, client: temporal.client });
      // Some steps (telling people) run after what a chapter waits for.
      for (const kill of kills) await eventually(async () => armed.hasStruck(kill), 30_000, `the kill of ${sentenceOf(kill)}`);
      const strikes = kills.map((kill) => armed.take(kill));
      if (rising) tree = await rising;
      await eventually(async () => Object.keys(pidsOf(home)).length === 5 && orphansOf(home, tree).length === 0, 60_000, `five processes and no orphan after "${chapter.name}" (${JSON.stringify(orphansOf(home, tree))})`);
      await eventually(() => everyKeyWorks(config.endpoint.port, stores), 60_000, `every live week answering to its key after "${chapter.name}"`);
      const dump = await dumpOf({ cassandra: stores.cassandra, artifacts: join(home, 'artifacts') });
      return { dump, strikes, trace: traceIn(faults).slice(known), seconds: Math.round((Date.now() - began) / 1000) };
    },
    async stop() {
      await Promise.all([temporal.dispose(), stores.dispose()]);
      await tree.stop();
      assert.deepEqual(processesOf(home), [], 'no process of the home is left');
      rmSync(home, { recursive: true, force: true });
    },
  };

  /** The whole tree was killed: somebody types `npm start` again. */
  async function riseAgain(dying: Tree): Promise<Tree> {
    await once(dying.process, 'exit');
    return startTree({ home, env });
  }
}

/** Draws one kill a chapter for the chapter's own target. */
export function drawShort(chance: Chance, chapters: readonly Chapter[], traces: readonly (readonly Execution[])[]): Kill[] {
  return chapters.map(({ name, target = 'worker' }, index) => {
    const kill = drawKill(chance, traces[index] ?? [], target);
    assert(kill, `no step of "${name}" uses the ${target}`);
    return kill;
  });
}

/** Who dies inside a step that has to be covered, in turn; the first that is at work in it. */
const IN_TURN: readonly Target[] = ['worker', 'cassandra', 'worker', 'temporal', 'worker', 'tree'];

/**
 * Draws kills so that every step of the undisturbed run is hit inside at least once, every chapter has a kill, and every
 * kind of process dies at least twice. The whole tree dies at most once a chapter.
 */
export function drawLong(chance: Chance, traces: readonly (readonly Execution[])[]): Kill[][] {
  const kills: Kill[][] = traces.map(() => []);
  const steps = [...new Set(traces.flat().map(({ step }) => step))].sort();
  const add = (target: Target, step?: string): boolean => {
    const open = traces.map((_, index) => index).filter((index) => target !== 'tree' || !kills[index]!.some((kill) => kill.target === 'tree')); // indexes of traces
    const drawn = open.flatMap((index) => {
      const kill = drawKill(chance, traces[index]!, target, step); // an index of traces
      return kill && !kills[index]!.some((other) => other.target === kill.target && other.step === kill.step) ? [{ index, kill }] : [];
    });
    const fewest = Math.min(...drawn.map(({ index }) => kills[index]!.length));
    const best = drawn.filter(({ index }) => kills[index]!.length === fewest);
    const chosen = best[best.length === 0 ? 0 : chance.below(best.length)];
    if (chosen) kills[chosen.index]!.push(chosen.kill);
    return chosen !== undefined;
  };
  for (const [index, step] of steps.entries()) {
    const inTurn = IN_TURN.map((_, turn) => IN_TURN[(index + turn) % IN_TURN.length]!); // within its length
    assert(inTurn.some((target) => add(target, step)), `nobody can be killed inside ${step}`);
  }
  for (const target of TARGETS) while (kills.flat().filter((kill) => kill.target === target).length < 2) assert(add(target), `no second place to kill the ${target}`);
  for (const [index, ofChapter] of kills.entries()) {
    const kill = ofChapter.length === 0 ? drawKill(chance, traces[index]!, 'worker') : undefined; // an index of traces
    if (kill) ofChapter.push(kill);
  }
  return kills;
}

/** What has to hold after a chapter with kills: each hit somebody at work, and what is kept is what nobody disturbed. */
export function assertSurvived({ strikes, dump, trace }: Played, undisturbed: Dump): void {
  assertBusyAndDoneAgain(strikes, trace);
  assert.deepEqual(differencesOf(undisturbed, dump), []);
}

/** Each kill hit somebody at work, and a step whose own process died was run again. */
export function assertBusyAndDoneAgain(strikes: readonly Strike[], trace: readonly Execution[]): void {
  for (const strike of strikes) {
    assert(strike.isBusy, `the kill of ${sentenceOf(strike)} hit an idle process`);
    if (mustRunAgain(strike.target)) {
      const again = trace.some(({ step, workflowId, activityId, attempt }) => step === strike.step && workflowId === strike.workflowId && activityId === strike.activityId && attempt > strike.attempt);
      assert(again, `${strike.step} was not run again after the kill of ${sentenceOf(strike)}`);
    }
  }
}

function mustRunAgain(target: Target): boolean {
  return target === 'worker' || target === 'tree' || target === 'trainer';
}

export function traceIn(faults: string): Execution[] {
  const file = join(faults, 'trace.ndjson');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Execution);
}

/** Every live week answers to the key of its vault; true when at least all of them did. */
async function everyKeyWorks(port: number, { releaseStore, keyVault }: Pick<Awaited<ReturnType<typeof connectStores>>, 'releaseStore' | 'keyVault'>): Promise<boolean> {
  const { property } = LITTLE_SHOP;
  try {
    for (const { week, service } of await releaseStore.listWeeks(property)) {
      if (service?.state !== 'live') continue;
      const key = await keyVault.read(`${property}/${week}`);
      const { status } = await fetch(`http://127.0.0.1:${port}/${property}/${week}/v1/model`, { headers: { authorization: `Bearer ${key}` }, signal: AbortSignal.timeout(5000) });
      if (status !== 200) return false;
    }
    return true;
  } catch {
    return false;
  }
}
