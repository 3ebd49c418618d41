import { ask, askForKey } from './api.js';
import { category, createCategories } from './categories.js';
import { follow } from './live.js';
import { createSeries } from './series.js';
import { element, sentenceOf } from './text.js';

/** The page of a rollup: what is asked stands in its address, so that it can be sent on. */
const LOOK_MS = 5000;
const LONGEST_LOOK_MS = 60_000;
const MEMBERS_OFFERED = 200;

const byId = (id) => document.getElementById(id);
const property = decodeURIComponent(location.pathname.split('/')[2] ?? '');
const series = createSeries(property, { onAsked: keepAddress });
const categories = createCategories(property, { onAsked: () => { keepAddress(); categories.show(newestDay).catch(() => undefined); } }); // what went wrong is shown
let seen = null;
let newestDay = null;

byId('name').textContent = property;
document.title = `${property} · Almanac`;
readAddress();
byId('asked').addEventListener('input', (event) => {
  if (event.target.list) offerMembers(event.target.value).catch(() => undefined); // the names are only an offer
});
follow(look, { everyMs: LOOK_MS, longestMs: LONGEST_LOOK_MS, onState: showLive });

/** How far the clock is; where it went on, all that follows it is asked for again. */
async function look() {
  const { body, tag } = await asked(() => ask(`/${property}`));
  if (tag === seen) return;
  const isFirst = seen === null;
  showClock(body.newest);
  newestDay = body.newest.day?.bucket ?? null;
  if (isFirst) {
    const [first] = await offerMembers('');
    if (byId('member').value === '' && first !== undefined) byId('member').value = first;
  }
  if (Object.values(body.newest).every((bucket) => bucket === null)) series.empty('Nothing is built yet: the first minute is, when readings came and its time has passed.');
  else if (isFirst || series.isLive()) await series.show();
  await categories.show(newestDay);
  seen = tag;
}

/** An answer, after the key was given where one is needed. */
async function asked(question) {
  try {
    return await question();
  } catch (error) {
    if (error.status === 404) {
      series.empty(sentenceOf(error), 'error');
      categories.empty(sentenceOf(error), 'error');
    }
    if (error.status !== 401) throw error;
    showLive('key');
    await askForKey(byId('key'));
    return asked(question);
  }
}

function showClock(newest) {
  byId('clock').replaceChildren(...Object.entries(newest).map(([level, bucket]) => element('div', {}, element('dt', { textContent: level }), element('dd', { id: `newest-${level}`, textContent: bucket?.bucket ?? 'none yet' }))));
}

function showLive(state, error) {
  byId('live').dataset.is = state;
  byId('live').textContent = { live: 'live', paused: 'paused', key: 'a key is needed' }[state] ?? sentenceOf(error);
}

async function offerMembers(search) {
  const { body } = await ask(`/${property}/members`, { search, limit: MEMBERS_OFFERED });
  byId('members').replaceChildren(...body.members.map((value) => element('option', { value })));
  return body.members;
}

function fields() {
  return { member: byId('member').value, with: byId('other').value, level: document.querySelector('input[name="level"]:checked').value, buckets: byId('buckets').value, until: byId('until').value, relative: byId('relative').checked ? 'yes' : '', day: categories.chosen(), category: category() };
}

function keepAddress() {
  history.replaceState(null, '', `?${new URLSearchParams(Object.entries(fields()).filter(([, value]) => value !== ''))}`);
}

function readAddress() {
  const given = new URLSearchParams(location.search);
  for (const name of ['level', 'category']) {
    const choice = [...document.querySelectorAll(`input[name="${name}"]`)].find(({ value }) => value === given.get(name));
    if (choice) choice.checked = true;
  }
  series.lengths();
  for (const [id, name] of [['member', 'member'], ['other', 'with'], ['until', 'until']]) byId(id).value = given.get(name) ?? '';
  if (/^\d{4}-\d{2}-\d{2}$/.test(given.get('day') ?? '')) categories.choose(given.get('day'));
  if ([...byId('buckets').options].some(({ value }) => value === given.get('buckets'))) byId('buckets').value = given.get('buckets');
  byId('relative').checked = given.get('relative') === 'yes';
}
