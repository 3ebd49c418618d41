import { Failure } from '../../../domain/failure.ts';
import { noColumn, quoted } from './time-column.ts';
import type { ColumnMap } from '../../../domain/activity/column-map.ts';
import type { TableShape } from './table-shape.ts';

export interface GivenRoles { readonly user?: string; readonly name?: string; readonly event?: string; readonly value?: string; readonly group?: string }

const plain = (column: string): string => column.replaceAll(/[^a-z0-9]/gi, '').toLowerCase();
/** The best names first; compared without case, spaces and signs. */
const USER = ['userid', 'customerid', 'user', 'customer', 'visitorid', 'clientid', 'memberid', 'accountid', 'personid', 'playerid', 'subscriberid', 'contactid', 'uid', 'userpseudoid', 'fullvisitorid', 'member', 'account', 'person', 'player', 'visitor', 'client', 'email', 'customeremail', 'useremail', 'username', 'cardid', 'deviceid', 'customernumber', 'customerno'];
const EVENT = ['event', 'eventname', 'action', 'eventtype', 'activity', 'activitytype', 'type', 'verb'];
const VALUE = ['value', 'amount', 'total', 'totalprice', 'revenue', 'totalamount', 'ordervalue', 'ordertotal', 'grandtotal', 'sum', 'spend', 'price'];
const PAIRS = [['quantity', 'unitprice'], ['quantity', 'price'], ['qty', 'unitprice'], ['qty', 'price']] as const;
const GROUP = ['orderid', 'order', 'ordernumber', 'orderno', 'invoiceno', 'invoice', 'invoiceid', 'transactionid', 'sessionid', 'session', 'basketid', 'cartid', 'receiptid'];
/** More names than this are values, not kinds of events. */
const MOST_EVENT_NAMES = 100;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Which column is the person, the event's name, its value and its group. Fails with `bad-argument` where no column is named like a person. */
export function guessRoles({ columns, rows }: TableShape, time: ColumnMap['time'], file: string, given: GivenRoles): { map: ColumnMap; notes: string[] } {
  for (const role of ['user', 'name', 'value', 'group'] as const) {
    const column = given[role];
    if (column !== undefined && !columns.includes(column)) throw noColumn(`--${role}-column`, column, columns, file);
  }
  const others = columns.filter((column) => column !== time.column);
  const cells = (column: string): string[] => rows.map((row) => (row[columns.indexOf(column)] ?? '').trim()).filter((cell) => cell !== '');
  const best = (names: readonly string[], among = others): string | undefined => names.flatMap((name) => among.filter((column) => plain(column) === name))[0];
  const notes: string[] = [];

  const user = given.user ?? best(USER);
  if (user === undefined) throw new Failure('bad-argument', `no column of ${file} is named like a person; it has ${quoted(columns)}. Say which one identifies who did it: --user-column`);
  // Spreadsheets and data frames write whole numbers as 17850.0 where some cells are blank.
  const isFloating = cells(user).some((cell) => /^\d+\.0+$/.test(cell)) && cells(user).every((cell) => /^\d+(\.0*)?$/.test(cell));
  const left = others.filter((column) => column !== user);

  const event = given.event === undefined ? (given.name ?? best(EVENT, left)) : undefined;
  const isKind = event !== undefined && (given.name !== undefined || new Set(cells(event)).size <= MOST_EVENT_NAMES);
  if (event !== undefined && !isKind) notes.push(`"${event}" has more than ${MOST_EVENT_NAMES} different values, so it is not taken for the event's name: --name-column ${event} takes it`);
  const group = given.group ?? best(GROUP, left);
  const value = guessValue(given.value, (names) => best(names, left), cells, notes);
  return {
    map: {
      user: { column: user, ...(isFloating ? { as: 'integer' as const } : {}) }, time,
      name: isKind && event !== undefined ? { column: event } : { constant: given.event ?? 'activity' },
      ...(value ? { value } : {}), ...(group === undefined ? {} : { group: { column: group } }),
    },
    notes,
  };
}

function guessValue(given: string | undefined, best: (names: readonly string[]) => string | undefined, cells: (column: string) => string[], notes: string[]): ColumnMap['value'] {
  const isNumeric = (column: string): boolean => cells(column).every((cell) => NUMBER.test(cell));
  if (given !== undefined) return { column: given };
  for (const pair of PAIRS) {
    const found = pair.map((name) => best([name])).filter((column) => column !== undefined);
    if (found.length === 2 && found.every(isNumeric)) return { multiply: found };
  }
  const column = best(VALUE);
  if (column === undefined || isNumeric(column)) return column === undefined ? undefined : { column };
  notes.push(`"${column}" is not a number throughout (a decimal comma, a currency?), so events have no value: --value-column ${column} takes it all the same`);
  return undefined;
}
