// What TypeScript accepts and refuses about errors.
import { TroupeError } from '../../src/runtime/errors.ts';
import type { ErrorCode } from '../../src/runtime/errors.ts';

const error = new TroupeError('not-found', 'No such order.', { retryable: true, cause: new Error('why') });
const code: ErrorCode = error.code;
const retryable: boolean = error.retryable;

// @ts-expect-error -- a code is one of a closed list
void new TroupeError('no-such-code', 'Message.');
// @ts-expect-error -- a code does not change
error.code = 'expired';
// @ts-expect-error -- a code is not any text
const wrong: ErrorCode = `${code}-${retryable}`;
