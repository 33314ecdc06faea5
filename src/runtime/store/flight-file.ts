// Flight file: which committed deliveries are being run; unsynced, it only has to survive the process (K22).
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';

/** What was in flight when a process died. */
export interface Flight {
  /** Only this one delivery ran, nothing fresh beside it: a crash is its doing. */
  readonly alone: boolean;
  readonly deliveries: readonly number[];
}

export interface FlightFile {
  read(): Flight;
  write(flight: Flight): void;
  close(): void;
}

const NOTHING: Flight = { alone: false, deliveries: [] };

/** Beside the database as `<file>.flight`. */
export function openFlightFile(file: string): FlightFile {
  const handle = openSync(`${file}.flight`, 'a+', 0o600);
  const write = (flight: Flight): void => {
    ftruncateSync(handle, 0);
    writeSync(handle, JSON.stringify(flight));
  };
  return {
    read: () => parse(readFileSync(`${file}.flight`, 'utf8')),
    write,
    close: () => {
      closeSync(handle);
      rmSync(`${file}.flight`, { force: true });
    },
  };
}

/** For stores in memory, and for simulations that hand a flight over to the next incarnation. */
export function memoryFlight(flight: Flight = NOTHING): FlightFile {
  let current = flight;
  return {
    read: () => current,
    write: next => {
      current = next;
    },
    close: () => {
      current = NOTHING;
    },
  };
}

/** A file cut short by a crash tells nothing, and nothing is suspected. */
function parse(text: string): Flight {
  try {
    const value = JSON.parse(text) as Flight;
    return Array.isArray(value.deliveries) ? value : NOTHING;
  } catch {
    return NOTHING;
  }
}
