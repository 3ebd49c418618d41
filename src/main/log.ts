import pino, { type Logger } from 'pino';

/** Structured lines to standard error: a line has program, level, time and the fields a step gives. Fields that could name a person or a secret are dropped. */
export function createLog(program: string): Logger {
  return pino(
    { base: { program }, level: process.env.ALMANAC_LOG_LEVEL ?? 'info', timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: ['user', 'key', '*.user', '*.key', 'authorization', '*.authorization'], remove: true } },
    pino.destination({ dest: 2, sync: true }),
  );
}
