import { ask } from './api.js';
import { createChart } from './chart.js';
import { element, number, percent, plural, sentenceOf, showState, signed, times } from './text.js';

const LENGTHS = {
  minute: [[60, '1 hour'], [180, '3 hours'], [360, '6 hours']],
  hour: [[48, '2 days'], [168, '7 days'], [336, '14 days']],
  day: [[30, '30 days'], [90, '90 days'], [365, 'a year']],
};
const byId = (id) => document.getElementById(id);
const [member, other, buckets, until, relative] = ['member', 'other', 'buckets', 'until', 'relative'].map(byId);

/** The section of series: what is asked is in the form, and in the address. */
export function createSeries(property, { onAsked }) {
  const chart = createChart(byId('chart'), { onPoint: (at) => showPoint(at) });
  let shown = null;
  let asked = 0;

  const level = () => document.querySelector('input[name="level"]:checked').value;
  const lengths = () => {
    buckets.replaceChildren(...LENGTHS[level()].map(([value, text]) => element('option', { value, textContent: text })));
    buckets.selectedIndex = 1;
  };
  const showPoint = (at) => {
    byId('readout').textContent = shown === null ? '' : pointText(shown, at === null ? null : shown.points[at]);
  };

  /** Asks and draws; of two that are asked at once the later is shown. */
  const show = async () => {
    const turn = (asked += 1);
    const question = { buckets: buckets.value, to: until.value.trim() };
    const [a, b] = [member.value.trim(), other.value.trim()];
    if (a === '') return empty('Choose a member.');
    try {
      const { body } = b === '' ? await ask(`/${property}/series/${level()}`, { member: a, ...question }) : await ask(`/${property}/pair/${level()}`, { a, b, ...question });
      if (turn === asked) drawAnswer(body, a, b);
    } catch (error) {
      if (turn !== asked) return undefined;
      empty(sentenceOf(error), 'error');
      if (error.status === 401 || error.status === undefined) throw error;
    }
    return undefined;
  };
  const empty = (text, kind) => {
    shown = null;
    chart.clear();
    byId('drawn').hidden = true;
    byId('figures').replaceChildren();
    showState(byId('series-state'), text, kind);
  };
  const drawAnswer = (answer, a, b) => {
    if (answer.points.length === 0) return empty(answer.to === null ? 'Nothing is built yet at this level.' : `There is nothing of ${[a, b].filter(Boolean).join(' or ')} from ${answer.from} to ${answer.to}.`);
    const names = b === '' ? [a] : [a, b];
    const lists = b === '' ? [answer.points.map(({ value }) => value)] : [answer.points.map((point) => point.a), answer.points.map((point) => point.b)];
    shown = { ...answer, names, lists };
    showState(byId('series-state'), null);
    byId('drawn').hidden = false;
    byId('chart').setAttribute('aria-label', `${names.join(' and ')} by ${answer.level}, ${answer.from} to ${answer.to}; arrow keys go from point to point`);
    chart.show({ level: answer.level, points: answer.points, values: relative.checked ? lists.map(sinceFirst) : lists, partial: isPartial, unit: relative.checked ? ' %' : '' });
    showPoint(null);
    byId('figures').replaceChildren(...figuresOf(shown));
    showPartial(answer);
    byId('points').replaceChildren(...tableOf(shown));
    return undefined;
  };

  lengths();
  byId('asked').addEventListener('submit', (event) => event.preventDefault());
  byId('asked').addEventListener('change', (event) => {
    if (event.target.name === 'level') lengths();
    onAsked();
    show().catch(() => undefined); // what went wrong is shown
  });
  return { show, lengths, isLive: () => until.value.trim() === '', empty };
}

/** Whether the value of series `of` is of what is there only. */
function isPartial(point, of) {
  return point.partial === undefined ? !point.isComplete : point.partial.includes('ab'[of]);
}

function sinceFirst(list) {
  const first = list.find((value) => value !== null && value !== 0);
  return list.map((value) => (value === null || first === undefined ? null : (value / first - 1) * 100));
}

function figuresOf({ points, names, lists, level }) {
  const figure = (kind, name, value, note) => element('p', { className: `figure ${kind}` }, element('span', { className: 'name', textContent: name }), element('b', { textContent: value }), element('span', { textContent: note }));
  const each = names.map((name, at) => {
    const present = lists[at].filter((value) => value !== null);
    const [first, last] = [present[0], present.at(-1)];
    if (last === undefined) return figure('ab'[at], name, '–', 'nothing in this range');
    const bucket = points[lists[at].lastIndexOf(last)].bucket;
    return figure('ab'[at], name, number(last), `${level} ${bucket}${first === 0 || present.length < 2 ? '' : `, ${signed(last / first - 1, percent)} over the range`}`);
  });
  const both = points.findLast(({ difference }) => difference !== undefined && difference !== null);
  if (both) each.push(figure('', 'Difference', signed(both.difference, number), both.ratio === null ? both.bucket : `${times(both.ratio)}, ${both.bucket}`));
  return each;
}

function showPartial({ partial, without, points }) {
  const gaps = typeof without === 'number' ? without : Math.max(without.a, without.b);
  const texts = [partial > 0 ? `${partial} of ${plural(points.length, 'bucket')} ${partial === 1 ? 'is' : 'are'} partial (ringed): a platform or some minutes are missing, and the figure is of what is there.` : '', gaps > 0 ? `${plural(gaps, 'bucket')} without a reading.` : ''];
  byId('partial').hidden = partial === 0 && gaps === 0;
  byId('partial').textContent = texts.filter(Boolean).join(' ');
}

function pointText({ names, level }, point) {
  if (point === null) return `Point at the chart, or go through it with the arrow keys, to read each ${level}.`;
  const values = names.length === 1 ? [[names[0], point.value]] : [[names[0], point.a], [names[1], point.b]];
  return [point.bucket, ...values.map(([name, value]) => `${name} ${value === null ? 'nothing' : number(value)}`), ...(point.ratio === undefined || point.ratio === null ? [] : [times(point.ratio)]), ...(isPartial(point, 0) || isPartial(point, 1) ? [partialText(point, names)] : [])].join(' · ');
}

function partialText({ missing, completeness, partial }, names) {
  if (missing === undefined) return `partial: ${partial.map((of) => names['ab'.indexOf(of)]).join(' and ')}`;
  return missing.length > 0 ? `partial: without ${missing.join(', ')}` : `partial: ${percent(completeness)} of its minutes`;
}

function tableOf({ points, names, lists }) {
  const head = element('tr', {}, element('th', { className: 'text', textContent: 'Bucket' }), ...names.map((name) => element('th', { textContent: name })), element('th', { className: 'text', textContent: '' }));
  const rows = points.map((point, at) => element('tr', {}, element('td', { className: 'text', textContent: point.bucket }), ...lists.map((list) => {
    const cell = element('td', { textContent: list[at] === null ? '' : number(list[at]) });
    cell.dataset.value = list[at] ?? '';
    return cell;
  }), element('td', { className: 'text' }, ...(isPartial(point, 0) || isPartial(point, 1) ? [element('span', { className: 'mark', textContent: partialText(point, names) })] : []))));
  return [element('thead', {}, head), element('tbody', {}, ...rows.reverse())];
}
