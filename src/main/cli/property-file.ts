import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Document, YAMLMap, isCollection, isMap, isScalar, parseDocument } from 'yaml';
import { configFrom, propertyOf, type PropertyConfig } from '../../config.ts';
import { Failure } from '../../domain/failure.ts';
import { firstWeekText } from '../../domain/churn/first-week.ts';
import { daysBetween } from '../../domain/calendar/day.ts';
import type { GuessedProperty } from './guess/property.ts';

export interface NewProperty {
  readonly path: string;
  readonly property: string;
  readonly timeZone: string;
  readonly guessed: GuessedProperty;
  readonly isReplacing: boolean;
  readonly isDryRun: boolean;
}

/** Columns of text at which YAML lists are broken, as in the default configuration. */
const LINE_WIDTH = 120;
const WEEKS_TO_LEARN = 8;

/** Writes the property into the configuration file, all else (comments too) left as it is, after the result was found valid. */
export async function addProperty({ path, property, timeZone, guessed, isReplacing, isDryRun }: NewProperty): Promise<{ settings: object; text: string; notes: string[]; firstWeek: string }> {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const document = parseDocument(before);
  const [problem] = document.errors;
  if (problem) throw new Failure('bad-configuration', `${path} cannot be read: ${problem.message.split('\n')[0]}`);
  if (document.contents !== null && !(document.contents instanceof YAMLMap)) throw new Failure('bad-configuration', `${path} is not a map of settings`);
  if (document.hasIn(['properties', property]) && !isReplacing) throw new Failure('bad-argument', `property "${property}" is in ${path} already; choose another name, or --replace`);
  const settings = settingsOf(path, timeZone, guessed);
  const own = new Document({ [property]: null });
  own.setIn([property], nodeOf(own, settings));
  const ownText = own.toString({ lineWidth: LINE_WIDTH, flowCollectionPadding: false });
  const appended = isReplacing ? null : appendTo(before, document, ownText);
  document.setIn(['properties', property], nodeOf(own, settings));
  // Appending leaves every character that people wrote; where it cannot be done, the document is written anew with its comments.
  const text = appended !== null && isDeepStrictEqual(parseDocument(appended).toJS(), document.toJS()) ? appended : document.toString({ lineWidth: LINE_WIDTH, flowCollectionPadding: false });
  const written = propertyOf(configFrom(parseDocument(text).toJS(), {}, resolve(path)), property); // fails by naming the field
  if (!isDryRun) {
    writeFileSync(`${path}.draft`, text);
    renameSync(`${path}.draft`, path);
  }
  return { settings, text: ownText, notes: remarkOn(guessed.calendar, written.churn), firstWeek: firstWeekText(written) };
}

/** The file's text with the property after the last one, indented like it; null when there is none yet, or they stand on one line. */
function appendTo(before: string, document: Document.Parsed, ownText: string): string | null {
  const properties = document.get('properties', true);
  const [first] = isMap(properties) ? properties.items : [];
  if (!isMap(properties) || properties.flow || !isScalar(first?.key) || !properties.range || !first.key.range) return null;
  const column = first.key.range[0] - (before.lastIndexOf('\n', first.key.range[0] - 1) + 1);
  const head = before.slice(0, properties.range[1]).replace(/\n*$/, '\n');
  const tail = before.slice(properties.range[1]);
  return `${head}\n${ownText.replace(/^(?=.)/gm, ' '.repeat(column))}${tail.trim() === '' ? '' : `\n${tail}`}`;
}

function settingsOf(path: string, timeZone: string, { files, shape, columns, calendar, hasEnded }: GuessedProperty) {
  const folder = relative(dirname(resolve(path)), files.folder) || '.';
  return {
    timeZone,
    calendar: {
      firstDay: calendar.firstDay,
      ...(hasEnded ? { lastDay: calendar.lastDay } : {}),
      ...(calendar.closedWeekdays.length > 0 ? { closedWeekdays: calendar.closedWeekdays } : {}),
      ...(calendar.closedDays.length > 0 ? { closedDays: calendar.closedDays } : {}),
    },
    source: {
      kind: 'files', folder: folder.startsWith('..') ? files.folder : folder, file: files.file, format: shape.format,
      ...(shape.delimiter === null || shape.delimiter === ',' ? {} : { delimiter: shape.delimiter }),
      columns,
    },
    ...(hasEnded ? { schedules: { paused: true, note: `The data of this property ends on ${calendar.lastDay}` } } : {}),
  };
}

/** Lists, and the parts of a column map, stand on one line. */
function nodeOf(document: Document, settings: ReturnType<typeof settingsOf>): unknown {
  const { columns } = settings.source;
  const node = document.createNode(settings);
  const inline = (at: string[]): void => {
    const found = node.getIn(at, true);
    if (isCollection(found)) found.flow = true;
  };
  for (const list of ['closedWeekdays', 'closedDays']) inline(['calendar', list]);
  for (const role of Object.keys(columns)) inline(['source', 'columns', role]);
  return node;
}

/** What to say where there are too few days for the rule of churn: a horizon, the history before it, and some weeks to learn from. */
function remarkOn({ firstDay, lastDay }: GuessedProperty['calendar'], { horizonDays, minimumHistoryDays }: PropertyConfig['churn']): string[] {
  const [there, needed] = [daysBetween(firstDay, lastDay) + 1, horizonDays + minimumHistoryDays + WEEKS_TO_LEARN * 7];
  return there >= needed ? [] : [`${there} days are few: a horizon of ${horizonDays} days with ${minimumHistoryDays} days of history wants about ${needed}; a shorter churn.horizonDays can be set in the configuration`];
}
