// The process that the kill loop kills: sends without end on a real file and writes down what was acknowledged, and only that.
import { openSync, writeSync } from 'node:fs';
import { setImmediate as nextMacrotask } from 'node:timers/promises';
import { z } from 'zod';
import { createRuntime, defineActor, defineApp, defineCommand, defineEvent, type App } from '../../src/index.ts';
import { recordHistory } from '../../src/testing/history.ts';
import { append, makeLedger, note, type LedgerOp, type LedgerReply } from './ledger.ts';

const item = z.object({ id: z.string(), lane: z.string() });
export const Take = defineCommand('kill.take', { data: item, key: data => data.lane, reply: z.number() });
export const Taken = defineEvent('kill.taken', { data: item, key: data => data.lane });
export const Call = defineCommand('kill.call', { data: item, key: data => data.lane, reply: z.string() });

/** Every applied message leaves exactly one row, in the same commit: `count` tells what was applied twice. */
export function makeApp(): App {
  const insert = 'insert into applied (id, what) values (?, ?)';
  const taker = defineActor('taker', { state: () => ({ count: 0 }), publishes: [Taken], sql: true }).on(
    Take,
    (ctx, data) => {
      ctx.state.count += 1;
      ctx.sql.prepare(insert).run(data.id, 'take');
      ctx.publish(Taken, data);
      return ctx.state.count;
    },
  );
  const reader = defineActor('reader', { sql: true }).on(Taken, (ctx, data) => {
    ctx.sql.prepare(insert).run(data.id, 'taken');
  });
  const caller = defineActor('caller', { state: () => ({ count: 0 }), sql: true }).task(Call, {
    run: async (ctx, data) => {
      await nextMacrotask();
      return ctx.step('call', () => data.id);
    },
    done: (ctx, id) => {
      ctx.sql.prepare(insert).run(id, 'call');
      return id;
    },
  });
  return defineApp({
    actors: [taker, reader, caller, makeLedger(insert)],
    migrate: database =>
      void database.exec('create table if not exists applied (id text not null, what text not null) strict'),
  });
}

/** Eight clients, each sending its next message when the last one was acknowledged; two or three share a ledger. */
async function main(file: string, run: string): Promise<never> {
  const acks = openSync(`${file}.acks`, 'a');
  const lines = openSync(`${file}.history`, 'a');
  const history = recordHistory<LedgerOp, LedgerReply>({ append: text => void writeSync(lines, text) });
  history.crash();
  const logger = { info: () => {}, warn: () => {}, debug: () => {}, error: () => {} };
  const runtime = await createRuntime(makeApp(), { database: file, logger });
  writeSync(acks, `open ${run}\n`);
  const client = async (name: number): Promise<never> => {
    for (let n = 0; ; n++) {
      const id = `${run}-${name}-${n}`;
      const data = { id, lane: String(name) };
      if (n % 5 === 4) await runtime.send(Call, data);
      else if (n % 2 === 0) await runtime.ask(Take, data, { idempotencyKey: id });
      else await runtime.send(Take, data);
      writeSync(acks, `${n % 5 === 4 ? 'call' : 'take'} ${id}\n`);
      const op = { id, ledger: String(name % 3) };
      if (n % 3 === 0) await append(runtime, history, op);
      else if (n % 3 === 1) await note(runtime, history, op);
    }
  };
  return Promise.race(Array.from({ length: 8 }, (_, name) => client(name)));
}

const [, script, file, run] = process.argv;
if (script?.endsWith('kill-child.ts') && file !== undefined && run !== undefined) await main(file, run);
