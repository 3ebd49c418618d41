import assert from 'node:assert/strict';
import { addDays, type Day } from '../../src/domain/calendar/day.ts';
import { tickId } from '../../src/domain/release/ids.ts';
import { eventually } from '../stack.ts';
import { backfilled, bringIn, buildWeek, GAPS, LITTLE_SHOP, quietly, served } from './little-shop.ts';
import type { Client } from '@temporalio/client';
import type { Almanac } from '../../src/client.ts';
import type { Stage } from '../../src/domain/release/stages.ts';
import type { Target } from './kills.ts';

/** One thing that a person or the clock asks for, played to its end. */
export interface Chapter {
  readonly name: string;
  /** Who is killed in it, where a trial says so. */
  readonly target?: Target;
  play(scene: Scene): Promise<void>;
}

export interface Scene {
  readonly almanac: Almanac;
  readonly client: Client;
}

const { property, firstDay, lastDay, weeks: [first, second] } = LITTLE_SHOP;

/** Brought in before the first kill of the short trials: what is killed afterwards stands for it. */
export const history = days(firstDay, addDays(lastDay, -14));

/** Every kind of process dies once, the whole tree too. */
export const shortChapters: readonly Chapter[] = [
  { ...days(addDays(lastDay, -13), addDays(lastDay, -7)), target: 'worker' },
  { ...week(first), target: 'trainer' },
  { ...rerun(first, 'score', 2), target: 'model-server' },
  { ...days(addDays(lastDay, -6), lastDay), target: 'cassandra' },
  { ...week(second), target: 'temporal' },
  { ...rerun(second, 'publish', 2), target: 'endpoint' },
  { ...rerun(second, 'extract', 3), target: 'tree' },
];

/** Every step that a sequence calls, in few chapters. */
export const everyStep: readonly Chapter[] = [
  days(firstDay, addDays(lastDay, -7)), missingDay(), gapsWeek(), week(first), rerun(first, 'score', 2), weeksOf(addDays(lastDay, -6), lastDay, second),
  cohort('listed', Array.from({ length: 40 }, (_, person) => `p${person}`)), rotatedKey(second), decided(second, 'reject', 2), retired(first), rerun(second, 'publish', 3), tick(),
];

/** 25 chapters for the long trials. */
export const longChapters: readonly Chapter[] = [
  days(firstDay, addDays(firstDay, 6)), days(addDays(firstDay, 7), addDays(lastDay, -14)), missingDay(), gapsWeek(), days(addDays(lastDay, -13), addDays(lastDay, -7)),
  week(first), rerun(first, 'days', 2), rerun(first, 'extract', 3), rerun(first, 'train', 4), rerun(first, 'accept', 5), rerun(first, 'score', 6), rerun(first, 'publish', 7),
  weeksOf(addDays(lastDay, -6), lastDay, second),
  cohort('listed', Array.from({ length: 40 }, (_, person) => `p${person}`)), cohort('filtered', { activeWithinDays: 14, minimumEvents: 3 }),
  rerun(second, 'extract', 2), rerun(second, 'train', 3), rerun(second, 'score', 4), rotatedKey(second), decided(second, 'reject', 5), decided(second, 'approve', 6),
  retired(first), rerun(second, 'publish', 7), tick(), rerun(second, 'days', 8),
];

function days(from: Day, to: Day): Chapter {
  return { name: `days ${from} to ${to}`, play: ({ almanac }) => bringIn(almanac, from, to) };
}

/** A day whose file never came: it is marked. */
function missingDay(): Chapter {
  const day = addDays(lastDay, 1);
  return {
    name: `day ${day} without a file`,
    async play({ almanac }) {
      await backfilled(almanac, { property, from: day, to: day, which: 'all', order: 'oldest', weeks: false });
      const progress = await almanac.backfills.progress(property, day, day);
      assert.deepEqual(progress.failed.map((failed) => [failed.day, failed.state]), [[day, 'missing']]);
    },
  };
}

/** A week whose label rule asks for the population's mean gap first. */
function gapsWeek(): Chapter {
  const { property: gaps, firstDay: from, lastDay: to, week: built } = GAPS;
  return {
    name: `week ${built} of ${gaps}`,
    async play({ almanac }) {
      await bringIn(almanac, from, to, gaps);
      await buildWeek(almanac, built, gaps);
    },
  };
}

/** The stroke of the clock on the morning after the last day, by its schedule. */
function tick(): Chapter {
  // A day's strokes: whatever hour the schedule has, there is one.
  const start = new Date(`${addDays(lastDay, 1)}T00:00:00Z`);
  const end = new Date(start.getTime() + 24 * 3_600_000 - 1);
  const isTick = "WorkflowType = 'tick' AND ExecutionStatus = 'Completed'";
  return {
    name: 'a tick',
    async play({ client }) {
      await eventually(async () => (await quietly(() => client.schedule.getHandle(tickId(property, 'ingest')).backfill([{ start, end, overlap: 'ALLOW_ALL' }]))) !== null, 120_000, 'the stroke of the clock');
      await eventually(async () => (await quietly(() => client.workflow.count(isTick)))?.count, 240_000, 'the end of a tick');
    },
  };
}

/** Days and their week by one backfill. */
function weeksOf(from: Day, to: Day, built: string): Chapter {
  return {
    name: `days ${from} to ${to} and week ${built}`,
    async play({ almanac }) {
      await backfilled(almanac, { property, from, to, which: 'missing', order: 'newest', weeks: true });
      await served(almanac, built, 1);
    },
  };
}

function week(built: string): Chapter {
  return { name: `week ${built}`, play: async ({ almanac }) => void (await buildWeek(almanac, built)) };
}

function rerun(built: string, from: Stage, revision: number): Chapter {
  return {
    name: `rerun ${built} from ${from}`,
    async play({ almanac }) {
      const answer = await eventually(() => quietly(() => almanac.weeks.rerun(property, built, { from, requestId: `${built}-${revision}` })), 240_000, `an answer to the rerun of ${built}`);
      assert.deepEqual(answer, { revision }, 'the answer to a request that is made again is the first one');
      await served(almanac, built, revision);
    },
  };
}

function decided(built: string, decision: 'approve' | 'reject', revision: number): Chapter {
  return {
    name: `${decision} ${built}`,
    async play({ almanac }) {
      const answer = await eventually(() => quietly(() => almanac.weeks[decision](property, built, { requestId: `${decision}-${built}`, reason: 'a test', by: 'tester' })), 240_000, `an answer to ${decision}`);
      assert.deepEqual(answer, { revision });
      await served(almanac, built, revision);
    },
  };
}

function rotatedKey(built: string): Chapter {
  return { name: `a new key for ${built}`, play: async ({ almanac }) => void (await eventually(() => quietly(() => almanac.weeks.rotateKey(property, built)), 240_000, 'a new key')) };
}

function retired(built: string): Chapter {
  return {
    name: `retire ${built}`,
    async play({ almanac }) {
      await eventually(async () => (await quietly(() => almanac.weeks.retire(property, built, { reason: 'a test', by: 'tester' })))?.retired, 240_000, `the end of ${built}`);
    },
  };
}

function cohort(name: string, people: readonly string[] | { activeWithinDays: number; minimumEvents: number }): Chapter {
  return {
    name: `cohort ${name}`,
    async play({ almanac }) {
      await eventually(async () => (await quietly(() => almanac.cohorts.start({ property, cohort: name, people, asOf: lastDay }))) !== null, 120_000, `the start of cohort ${name}`);
      await eventually(async () => (await quietly(() => almanac.cohorts.status(property, name)))?.state === 'done', 240_000, `cohort ${name}`);
    },
  };
}
