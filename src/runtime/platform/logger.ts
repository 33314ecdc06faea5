// Logger: pino with the fixed fields of the runtime; ids and types, never payloads.
import { pino, type Logger as PinoLogger } from 'pino';

/** What the runtime needs of a logger; a pino instance fits. */
export interface Logger {
  info(fields: object, message?: string): void;
  warn(fields: object, message?: string): void;
  error(fields: object, message?: string): void;
  debug(fields: object, message?: string): void;
}

/** A pino logger on standard error at level `warn`, or the caller's own. */
export function createLogger(given: Logger | undefined): Logger {
  if (given) return given;
  const logger: PinoLogger = pino({ name: 'troupe', level: 'warn' }, pino.destination({ dest: 2, sync: true }));
  return logger;
}
