/** Words and elements of the pages. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });
const rough = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** Large figures to the unit, small ones to six digits. */
export function number(value) {
  return Math.abs(value) >= 10_000 ? whole.format(value) : fine.format(value);
}

export function plural(count, name) {
  return `${whole.format(count)} ${name}${count === 1 ? '' : 's'}`;
}

export function times(ratio) {
  return `${rough.format(ratio)} times`;
}

export function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

export function signed(value, format) {
  return `${value < 0 ? '−' : '+'}${format(Math.abs(value))}`;
}

/** An element with properties and children; text goes in as text. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Shows a state in place of what it is about, or (null) takes it away. */
export function showState(place, text, kind = '') {
  place.hidden = text === null;
  place.dataset.is = kind;
  place.textContent = text ?? '';
}

/** What went wrong, for people. */
export function sentenceOf(error) {
  if (error.problem) return [error.problem.title, error.problem.detail].filter(Boolean).join(': ');
  return error.name === 'TimeoutError' ? 'The server takes too long to answer.' : 'The server does not answer.';
}
