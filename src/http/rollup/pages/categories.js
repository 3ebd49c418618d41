import { ask } from './api.js';
import { element, number, percent, plural, sentenceOf, showState, signed } from './text.js';

const EARLIER = { yesterday: 'yesterday', lastWeek: 'last week', lastMonth: 'last month' };
const byId = (id) => document.getElementById(id);

/** The section of categories: one day beside three earlier ones, by any category, sorted by any column. */
export function createCategories(property, { onAsked }) {
  let answer = null;
  let asked = 0;
  let sortedBy = 'rank';
  /** The day that was chosen; the newest where none was. */
  let chosen = '';

  /** `newest` is the newest closed day, or null. */
  const show = async (newest) => {
    const day = chosen || newest?.slice(0, 10);
    const turn = (asked += 1);
    if (!day) return empty('No day is closed yet: totals by category are made at midnight.');
    if (newest) byId('day').max = newest.slice(0, 10);
    byId('day').value = day;
    try {
      const { body } = await ask(`/${property}/ranking/${category()}/${day}`, { limit: 1000 });
      if (turn !== asked) return undefined;
      answer = body;
      draw();
    } catch (error) {
      if (turn !== asked) return undefined;
      empty(error.status === 404 ? `${day} has no totals by category.` : sentenceOf(error), error.status === 404 ? '' : 'error');
      if (error.status === 401 || error.status === undefined) throw error;
    }
    return undefined;
  };
  const empty = (text, kind) => {
    answer = null;
    byId('ranking').hidden = true;
    byId('categories-note').hidden = true;
    showState(byId('categories-state'), text, kind);
  };
  const draw = () => {
    showState(byId('categories-state'), null);
    byId('ranking').hidden = false;
    const largest = Math.max(...answer.rows.map(({ share }) => share), 0);
    byId('ranking').replaceChildren(
      element('caption', { textContent: `${plural(answer.values, 'value')} of ${answer.category} on ${answer.day}`, className: 'note' }),
      element('thead', {}, element('tr', {}, ...headOf(answer))),
      element('tbody', {}, ...sorted(answer.rows).map((row) => rowOf(row, largest))),
    );
    const partial = answer.rows.reduce((sum, row) => sum + row.partial, 0);
    byId('categories-note').hidden = partial === 0;
    byId('categories-note').textContent = `${plural(partial, 'member')} partial on this day: what is missing is not in these totals.`;
    byId('categories-note').className = 'note partial';
  };
  const headOf = ({ earlier }) => [sortable('rank', 'Rank'), element('th', { className: 'text', textContent: category() }), sortable('figure', 'Figure'), element('th', { textContent: 'Share' }), element('th', { textContent: 'Members' }),
    ...Object.entries(EARLIER).map(([when, text]) => sortable(when, `against ${text}`, earlier[when].hasTotals ? earlier[when].day : `${earlier[when].day}: no totals`)), element('th', { textContent: '' })];
  const sortable = (name, text, note = '') => {
    const button = element('button', { type: 'button', textContent: text });
    button.dataset.sort = name;
    const cell = element('th', { scope: 'col' }, button, ...(note === '' ? [] : [element('small', { textContent: note })]));
    if (sortedBy === name) cell.setAttribute('aria-sort', name === 'rank' ? 'ascending' : 'descending');
    return cell;
  };
  const sorted = (rows) => {
    const figure = (row) => (sortedBy === 'rank' ? -row.rank : sortedBy === 'figure' ? row.figure : row.change[sortedBy].share ?? -Infinity);
    return rows.toSorted((a, b) => figure(b) - figure(a) || a.rank - b.rank);
  };

  byId('ranking').addEventListener('click', (event) => {
    const name = event.target.dataset?.sort;
    if (name === undefined || answer === null) return;
    sortedBy = name;
    draw();
    byId('ranking').querySelector(`button[data-sort="${name}"]`).focus();
  });
  byId('ranked').addEventListener('submit', (event) => event.preventDefault());
  byId('ranked').addEventListener('change', (event) => {
    if (event.target.id === 'day') chosen = event.target.value;
    onAsked();
  });
  return {
    show, empty,
    chosen: () => chosen,
    choose(day) {
      chosen = day;
    },
  };
}

export function category() {
  return document.querySelector('input[name="category"]:checked').value;
}

function rowOf(row, largest) {
  const bar = element('i', { ariaHidden: 'true' });
  bar.style.width = `${largest === 0 ? 0 : (row.share / largest) * 92}%`;
  const figure = element('td', { textContent: number(row.figure) });
  figure.dataset.value = row.figure;
  return element('tr', {}, element('td', { textContent: row.rank }), element('td', { className: 'value' }, bar, element('b', { textContent: row.value })), figure, element('td', { textContent: percent(row.share) }), element('td', { textContent: row.members }),
    ...Object.keys(EARLIER).map((when) => changeCell(row.change[when])), element('td', { className: 'text' }, ...(row.partial > 0 ? [element('span', { className: 'mark', textContent: `${row.partial} partial` })] : [])));
}

function changeCell({ share, difference }) {
  const cell = element('td', { textContent: share === null ? '–' : signed(share, percent), className: share === null || share === 0 ? '' : share > 0 ? 'up' : 'down' });
  if (difference !== null) cell.title = signed(difference, number);
  return cell;
}
