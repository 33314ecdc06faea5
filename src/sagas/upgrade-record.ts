// Upgrading a record: what release 0.1.0 stored of an instance, in the shape of today.
import { readAfter } from './machine-parts.ts';
import { childPath, joinSources, ROOT } from './path.ts';
import type { Armed, Call, SagaRecord } from './record.ts';

/** Machines had no actors below them: a call named its child, and an armed timer was its id. */
interface OldRecord extends Pick<SagaRecord, 'seq' | 'snapshot' | 'ending' | 'output' | 'error'> {
  readonly calls: readonly (Omit<Call, 'path'> & { readonly child: string })[];
  readonly armed: readonly string[];
}

/**
 * Lifts a record of release 0.1.0; one of today comes back as it is. Its fingerprint is empty. The token of a timer is
 * its id, as in the runtime's own row, which alone tells when it is due, and the event of a delayed raise.
 */
export function upgradeRecord(stored: unknown): SagaRecord {
  if (typeof stored !== 'object' || stored === null || 'last' in stored) return stored as SagaRecord;
  const { calls, armed, ...old } = stored as OldRecord;
  return Object.freeze({
    ...old,
    last: Math.max(0, ...calls.map(({ n }) => n)),
    print: '',
    calls: Object.freeze(calls.map(call => upgradeCall(call))),
    armed: Object.freeze(armed.map(id => toArmed(id))),
    waiting: Object.freeze([]),
    stashed: 0,
    failing: null,
  });
}

function upgradeCall({ child, ...call }: OldRecord['calls'][number]): Call {
  return Object.freeze({ ...call, path: childPath(ROOT, child), src: joinSources([call.src]) });
}

function toArmed(id: string): Armed {
  const event = readAfter(id) ? Object.freeze({ type: id }) : null;
  return Object.freeze({ token: id, source: ROOT, target: ROOT, id, due: 0, event });
}
