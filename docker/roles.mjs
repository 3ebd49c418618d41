/** What the image can be, and the flags of Node each has. */
export const roles = {
  worker: { flags: ['--max-semi-space-size=4', '--max-old-space-size=640'] }, // as WORKER_MEMORY of src/main/stack.ts
  endpoint: { flags: [] },
  'rollup-server': { flags: [] },
  'model-server': { flags: [] },
  trainer: { flags: [] },
  job: { flags: [] },
  cli: { flags: [] },
};

/**
 * The role, and what it is called with: the first word, or ALMANAC_ROLE where every word is meant for the program, so that
 * tensorflow/serving and this image take the same command.
 */
export function roleOf(words, environment) {
  const [first = '', ...rest] = words;
  return environment.ALMANAC_ROLE && !isRole(first) ? { role: environment.ALMANAC_ROLE, args: words } : { role: first, args: rest };
}

export function isRole(word) {
  return Object.hasOwn(roles, word);
}
