import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';
import { createActivities } from '../../activities/index.ts';
import { filesOf, found, placeOf, product, textOf } from './sources.ts';
import type { Plugs } from '../../activities/plugs.ts';

const workflows = filesOf('workflows/*.ts');
const stepFiles = filesOf('activities/**/*.ts');
const steps = createActivities({} as Plugs);

test('every sequence has a file of its own, named for it', () => {
  const exported = found('workflows/index.ts', (node) => (ts.isExportDeclaration(node) ? node : undefined)).flatMap((node) => {
    assert.ok(node.exportClause && ts.isNamedExports(node.exportClause) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier), node.getText());
    const from = node.moduleSpecifier.text;
    return node.exportClause.elements.map(({ name }) => ({ sequence: name.text, from }));
  });
  assert.ok(exported.length >= 7, 'the sequences are found');
  for (const { sequence, from } of exported) assert.equal(from, `./${kebab(sequence)}.ts`);
  for (const { sequence } of exported) assert.match(textOf(`workflows/${kebab(sequence)}.ts`), new RegExp(`^export async function ${sequence}\\(`, 'm'));
});

test('every sequence says which worker version runs it', () => {
  const silent = workflows.filter((file) => /^export async function (\w+)\(/m.test(textOf(file)) && textOf('workflows/index.ts').includes(`'./${file.slice('workflows/'.length)}'`) && !/setWorkflowOptions\(\{ versioningBehavior: '(AUTO_UPGRADE|PINNED)' \}/.test(textOf(file)));
  assert.deepEqual(silent, []);
});

test('steps are proxied in steps.ts alone', () => {
  const proxies = workflows.filter((file) => file !== 'workflows/steps.ts').flatMap((file) => found(file, (node, source) => (ts.isIdentifier(node) && /^proxy(Local)?Activities$|^scheduleActivity$/.test(node.text) ? placeOf(node, source) : undefined)));
  assert.deepEqual(proxies, []);
});

test('every class of steps writes its time-outs and its retries', () => {
  const [classes] = found('workflows/steps.ts', (node) => (ts.isVariableDeclaration(node) && node.name.getText() === 'CLASSES' ? node : undefined));
  const table = classes && found('workflows/steps.ts', (node) => (ts.isPropertyAssignment(node) && ts.isObjectLiteralExpression(node.initializer) && insideOf(node, 'CLASSES') === 1 ? node : undefined));
  assert.ok(table && table.length >= 5, 'the table is found');
  for (const line of table) {
    const written = (line.initializer as ts.ObjectLiteralExpression).properties.map((property) => property.name?.getText());
    for (const name of ['startToCloseTimeout', 'scheduleToCloseTimeout', 'retry']) assert.ok(written.includes(name), `class ${line.name.getText()} has no ${name}`);
  }
});

test('a step that beats is called through a class that has a heartbeat time-out', () => {
  const called = callsOf(Object.keys(steps).filter((step) => !(fileOf(step)! in TOGETHER) && beats(step))); // every step has a file
  assert.ok(called.length > 10, 'calls are found');
  assert.deepEqual(called.filter(({ of }) => ['quick', 'tables', 'telling'].includes(of)), []);
});

test('a step of a class for long work beats', () => {
  const long = callsOf(Object.keys(steps)).filter(({ of }) => ['bulk', 'joining', 'compute'].includes(of));
  assert.ok(long.length > 10, 'calls are found');
  assert.deepEqual(long.filter(({ step }) => !beats(step)), []);
});

/** Calls of these steps, each with the class that it is called through. */
function callsOf(names: readonly string[]): { step: string; of: string }[] {
  return workflows.flatMap((file) => found(file, (node) => (ts.isPropertyAccessExpression(node) && names.includes(node.name.text) && ts.isCallExpression(node.expression) ? { step: node.name.text, of: node.expression.expression.getText() } : undefined)));
}

function beats(step: string): boolean {
  const file = fileOf(step);
  return file !== undefined && /\bheartbeat\(/.test(textOf(file));
}

/** Files that hold several steps, because they are one idea; everything else is one step a file, named for it. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  'activities/backfill/plan-backfill.ts': ['planBackfill', 'planBackfillWeeks'],
  'activities/cohort/score-cohort.ts': ['planCohort', 'scoreCohortShards'],
  'activities/model/predict-shards.ts': ['predictShards', 'rankScores'],
  'activities/publish/end-key.ts': ['forgetKey', 'revokeKeys'],
  'activities/publish/go-live.ts': ['goLive', 'refuseRelease'],
  'activities/publish/retire-weeks.ts': ['retireOldWeeks', 'retireWeek'],
  'activities/rollup/series-tables.ts': ['dropSeriesTable', 'ensureSeriesTable'],
  'activities/tick/join.ts': ['awaitWeekDecided', 'joinIngest'],
  'activities/week/previous-week.ts': ['isPreviousWeekDecided'],
  'activities/week/week-tables.ts': ['dropUnusedWeekTable', 'endRetiredWeeks', 'ensureWeekTable'],
};

test('every step has its verb\'s file', () => {
  for (const step of Object.keys(steps)) {
    const file = fileOf(step);
    assert.ok(file, `step ${step} has no file ${kebab(step)}.ts`);
    assert.match(textOf(file), new RegExp(`^export (const|async function|function) ${step}\\b`, 'm'), file);
  }
  const unknown = Object.values(TOGETHER).flat().filter((step) => !(step in steps));
  assert.deepEqual(unknown, [], 'the table names steps that are gone');
});

test('ids of sequences are built in one place', () => {
  const built = product.filter((file) => file !== 'src/domain/release/ids.ts').flatMap((file) => found(file, (node, source) =>
    (ts.isTemplateExpression(node) && /^`(ingest|reconcile|week|week-table|cohort|backfill|tick|rollup|series-table|health)\/\$\{/.test(node.getText()) ? placeOf(node, source) : undefined)));
  assert.deepEqual(built, []);
});

/** The file of a step. */
function fileOf(step: string): string | undefined {
  return Object.keys(TOGETHER).find((together) => TOGETHER[together]?.includes(step)) ?? stepFiles.find((file) => file.endsWith(`/${kebab(step)}.ts`));
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** How many object literals lie between a node and the variable of this name; 0 when it is elsewhere. */
function insideOf(node: ts.Node, variable: string): number {
  let depth = 0;
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isObjectLiteralExpression(at)) depth += 1;
    if (ts.isVariableDeclaration(at)) return at.name.getText() === variable ? depth : 0;
  }
  return 0;
}
