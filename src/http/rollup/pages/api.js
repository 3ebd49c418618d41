/** Questions to the API of this server. */

const PATIENCE_MS = 15_000;
const KEY = 'almanac-read-key';

/** The answer, and the tag of its content. Fails with the server's problem, or when there is no answer. */
export async function ask(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '' && value !== undefined && value !== null));
  const key = sessionStorage.getItem(KEY);
  const response = await fetch(`/v1/rollups${path}${query.size > 0 ? `?${query}` : ''}`, {
    // The browser asks whether what it holds is still right, by the tag.
    cache: 'no-cache', signal: AbortSignal.timeout(PATIENCE_MS), headers: key === null ? {} : { authorization: `Bearer ${key}` },
  });
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error(body.title), { problem: body, status: response.status });
  return { body, tag: response.headers.get('etag') };
}

/** Shows the form for the key, and resolves when one was given. */
export function askForKey(form) {
  form.hidden = false;
  const input = form.querySelector('input');
  input.focus();
  return new Promise((resolve) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      sessionStorage.setItem(KEY, input.value.trim());
      input.value = '';
      form.hidden = true;
      resolve();
    }, { once: true });
  });
}
