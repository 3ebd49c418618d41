/**
 * Preloaded into every test file by `run.ts`: a file whose process does not end by itself fails and says what was still
 * open, instead of holding everything up. Time in ALMANAC_TEST_FILE_MS, milliseconds.
 */
const limitMs = Number(process.env.ALMANAC_TEST_FILE_MS);

setTimeout(() => {
  const open = Map.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
  const list = [...open].map(([kind, all]) => `${all.length} ${kind}`).join(', ');
  process.stderr.write(`${process.argv[1]} did not end within ${limitMs / 60_000} min; still open: ${list}\n`);
  process.exit(1);
}, limitMs).unref();
