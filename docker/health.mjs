// The image's health command: asks the program that this container runs. Jobs and commands end by themselves: they are well while they run.
import { readFileSync } from 'node:fs';
import { isRole, roleOf } from './roles.mjs';

const { ALMANAC_METRICS_PORT, ALMANAC_ENDPOINT_PORT, ALMANAC_MODEL_SERVER_PORT, ALMANAC_ROLLUP_SERVER_PORT } = process.env;
const questions = {
  worker: { url: `http://127.0.0.1:${ALMANAC_METRICS_PORT}/readyz`, isWell: (status) => status === 200 },
  endpoint: { url: `http://127.0.0.1:${ALMANAC_ENDPOINT_PORT}/readyz`, isWell: (status) => status === 200 },
  'rollup-server': { url: `http://127.0.0.1:${ALMANAC_ROLLUP_SERVER_PORT}/readyz`, isWell: (status) => status === 200 },
  // It has no model before the first week, and is well all the same.
  'model-server': { url: `http://127.0.0.1:${ALMANAC_MODEL_SERVER_PORT}/v1/models/none`, isWell: (status) => status === 404 },
};

const role = roleOfContainer();
const question = questions[role];
if (question) {
  const { status, text } = await answerTo(question.url);
  process.stdout.write(`${role}: ${text}\n`);
  process.exitCode = question.isWell(status) ? 0 : 1;
} else process.stdout.write(`${role}: running\n`);

/** Of process 1: the program itself once role.mjs has become it, or Docker's init with the words that it was given. */
function roleOfContainer() {
  const words = readFileSync('/proc/1/cmdline', 'utf8').split('\0').slice(0, -1);
  const program = words.map((word) => /\/src\/main\/([a-z-]+)\.ts$/.exec(word)?.[1]).find((name) => name !== undefined && isRole(name));
  return program ?? roleOf(words.slice(words.findIndex((word) => word.endsWith('/role.mjs')) + 1), process.env).role;
}

async function answerTo(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(4000) });
    return { status: response.status, text: `${response.status} ${(await response.text()).trim()}` };
  } catch (error) {
    return { status: 0, text: `${url} does not answer (${error.cause?.code ?? error.message})` };
  }
}
