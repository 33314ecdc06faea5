// The ledgers of the kill loop: shared actors whose replies tell what came before, and the model that they are held to.
import { z } from 'zod';
import { defineActor, defineCommand, defineEvent, type Actor, type Runtime } from '../../src/index.ts';
import type { HistoryModel } from '../../src/testing/history-checker.ts';
import type { HistoryRecorder } from '../../src/testing/history.ts';

const entry = z.object({ id: z.string(), ledger: z.string() });
const Append = defineCommand('kill.append', {
  data: entry,
  key: data => data.ledger,
  reply: z.object({ length: z.number(), previous: z.string() }),
});
const Noted = defineEvent('kill.noted', { data: entry, key: data => data.ledger });

export interface LedgerOp {
  readonly id: string;
  readonly ledger: string;
}

export interface LedgerState {
  readonly length: number;
  readonly last: string;
}

/** How long the ledger is with the entry, and which entry is before it. */
export interface LedgerReply {
  readonly length: number;
  readonly previous: string;
}

export function makeLedger(insert: string): Actor<LedgerState> {
  return defineActor('ledger', { state: () => ({ length: 0, last: '' }), sql: true })
    .on(Append, (ctx, { id }) => {
      const previous = ctx.state.last;
      ctx.state.length += 1;
      ctx.state.last = id;
      ctx.sql.prepare(insert).run(id, 'entry');
      return { length: ctx.state.length, previous };
    })
    .on(Noted, (ctx, { id }) => {
      ctx.state.length += 1;
      ctx.state.last = id;
      ctx.sql.prepare(insert).run(id, 'entry');
    });
}

/** One entry after the other. A publication takes its place when it is accepted: the mailbox of an address is FIFO. */
export const ledgerModel: HistoryModel<LedgerState, LedgerOp, LedgerReply> = {
  init: () => ({ length: 0, last: '' }),
  partition: ({ ledger }) => ledger,
  step: (state, { id }, reply) => {
    const fits = reply === undefined || (reply.length === state.length + 1 && reply.previous === state.last);
    return fits ? { length: state.length + 1, last: id } : undefined;
  },
};

type Ledgers = HistoryRecorder<LedgerOp, LedgerReply>;

export async function append(runtime: Runtime, history: Ledgers, op: LedgerOp): Promise<void> {
  const call = history.invoke(processOf(op), op);
  call.ok(await runtime.ask(Append, { ...op }));
}

export async function note(runtime: Runtime, history: Ledgers, op: LedgerOp): Promise<void> {
  const call = history.invoke(processOf(op), op);
  await runtime.publish(Noted, { ...op });
  call.ok();
}

/** An id is the name of its client and a number. */
const processOf = ({ id }: LedgerOp): string => id.slice(0, id.lastIndexOf('-'));
