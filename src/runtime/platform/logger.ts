// Logger: pino with the fixed fields of the runtime; ids and types, never payloads.
import { pino, type Logger as PinoLogger } from 'pino';

/** What the runtime needs of a logger; a pino instance fits. */
export interface Logger {
  info(fields: object, message?: string): void;
  warn(fields: object, message?: string): void;
  error(fields: object, message?: string): void;
  debug(fields: object, message?: string): void;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Whether a value has the four methods. */
export function isLogger(value: unknown): value is Logger {
  if (typeof value !== 'object' || value === null) return false;
  return LEVELS.every(level => level in value && typeof (value as Record<string, unknown>)[level] === 'function');
}

/** A pino logger on standard error at level `warn`, or the caller's own, whose errors are its own too. */
export function createLogger(given: Logger | undefined): Logger {
  if (given) return unfailing(given);
  const logger: PinoLogger = pino({ name: 'troupe', level: 'warn' }, pino.destination({ dest: 2, sync: true }));
  return logger;
}

/** A log line that cannot be written must not stop what it tells of. */
function unfailing(logger: Logger): Logger {
  const write = (level: (typeof LEVELS)[number]) => (fields: object, message?: string) => {
    try {
      logger[level](fields, message);
    } catch {
      // The logger is the caller's: there is nowhere left to say so.
    }
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
