import { ask, askForKey } from './api.js';
import { element, sentenceOf, showState } from './text.js';

const state = document.getElementById('state');
await show();

async function show() {
  try {
    const { body } = await ask('');
    showState(state, body.rollups.length === 0 ? 'almanac.yaml has no rollups.' : null);
    document.getElementById('rollups').replaceChildren(...body.rollups.map(({ property, firstDay, platforms }) => element('li', {}, element('a', { className: 'card', href: `/rollups/${property}` }, element('strong', { textContent: property }), `${platforms.join(', ')} since ${firstDay}`))));
  } catch (error) {
    showState(state, sentenceOf(error), 'error');
    if (error.status !== 401) return;
    await askForKey(document.getElementById('key'));
    await show();
  }
}
