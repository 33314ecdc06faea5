// Driving a failed step again: whether an instance still stands as it did when the step failed.
import { isAwaited, type Call, type SagaRecord } from './record.ts';

/** Why a step, or the one that failed last, cannot be driven again; undefined where it can. */
export function whyNotAgain(record: SagaRecord, src?: string): string | undefined {
  const { failing, calls, startedBy, waiting, ending } = record;
  const call = calls.find(({ n }) => n === failing?.call);
  if (!failing || !call) return 'no step of it has failed, or more has happened since';
  if (src !== undefined && call.src !== src) return `the last step that failed is '${call.src}'`;
  if (call.status === 'sent') return `'${call.src}' is not settled yet`;
  if (startedBy !== undefined && ending !== null && waiting.length === 0) {
    return `'${startedBy}' has been told of its end; drive that again`;
  }
  const undone = calls.find(({ status }) => status === 'undone' || status === 'undo-failed');
  if (undone) return `'${undone.src}' was undone`;
  if (!hasFailed(call)) return 'it has completed after all';
  const { beside } = failing;
  if (!beside.every(n => calls.some(one => one.n === n && isAwaited(one)))) return 'a step beside it has gone on';
  const later = calls.find(one => one.n > call.n && !beside.includes(one.n) && !hasFailed(one));
  return later && `'${later.src}' was started after it`;
}

const hasFailed = ({ status }: Call): boolean => status === 'failed' || status === 'refused';
