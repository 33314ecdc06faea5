// Step errors: whatever fails in a saga as plain JSON, so that it may be kept in a context.
import { toFrozenJson, type Json } from '../runtime/message/json.ts';

/** Why a step failed, as it reaches `onError`: plain JSON. */
export interface StepError {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  /** What a thrown value that is no Error was, or the `data` property of an Error. */
  readonly data?: Json;
  /** The command of the step, where it is one. */
  readonly command?: string;
}

const MESSAGE_CHARS = 2_000;

/** Normalises anything that was thrown; what is JSON already stays as it is. */
export function toStepError(error: unknown): Json {
  if (!(error instanceof Error)) return toJson(error) ?? { ...UNKNOWN, message: String(error) };
  const { name } = error;
  const message = error.message.slice(0, MESSAGE_CHARS);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : UNKNOWN.code;
  const data = 'data' in error ? toJson(error.data) : undefined;
  return Object.freeze({ name, message, code, ...(data === undefined ? {} : { data }) });
}

const UNKNOWN = { name: 'Error', message: '', code: 'error' };

function toJson(value: unknown): Json | undefined {
  try {
    return value === undefined ? undefined : toFrozenJson(value, 'error');
  } catch {
    return undefined;
  }
}
