// The simulation of the ledger: what it ends in an oracle knows beforehand.
import { isDeepStrictEqual } from 'node:util';
import { always, eventually, type Simulation, type TestRuntime } from '../../src/testing/index.ts';
import { app, echo, Note, note, Put, put, total, Work, work } from './ledger.ts';
import { Oracle, type Ending, type Sent } from './oracle.ts';

const KEYS = ['a', 'b'];
const KINDS = ['put', 'note', 'work'] as const;
const MOST_SENT = 6;
const listed = { put, echo, note, work };
const oracles = new WeakMap<TestRuntime, Oracle>();

function read(runtime: TestRuntime): Ending {
  const lists = Object.entries(listed).flatMap(([name, actor]) =>
    KEYS.map(key => [`${name}/${key}`, runtime.state(actor, key)?.list ?? []] as const),
  );
  const letters = runtime.deadLetters.list({ limit: 1_000 });
  return {
    lists: Object.fromEntries(lists.filter(([, list]) => list.length > 0)),
    total: runtime.state(total)?.total ?? 0,
    deadLetters: letters
      .map(({ address, data }) => `${address.replace('/', ' ')} ${(data as { n: number }).n}`)
      .toSorted(),
  };
}

export const ledgerSimulation: Simulation = {
  name: 'ledger',
  app,
  scenario: async ({ client, runtime, random }) => {
    const oracle = new Oracle();
    oracles.set(runtime, oracle);
    const send = async ({ what, key, n, id }: Sent): Promise<unknown> => {
      const options = { idempotencyKey: `i${id}` };
      if (what === 'put') return client.send(Put, { key, n }, options);
      if (what === 'note') return client.publish(Note, { key, n }, options);
      return client.send(Work, { key, n }, options);
    };
    /** One sender: what it sends arrives in its order; now and then it sends the same once more. */
    const stream = async (what: Sent['what'], key: string): Promise<void> => {
      const count = Math.floor(random() * MOST_SENT);
      const sent = Array.from({ length: count }, (_, at) => {
        return { what, key, n: Math.floor(random() * 100), id: `${what}-${key}-${at}` };
      });
      for (const one of sent) oracle.accept(one);
      for (const one of sent) {
        await send(one);
        if (random() < 0.1) await send(one);
        if (random() < 0.2) await client.sleep(Math.floor(random() * 20));
      }
    };
    await Promise.all(KINDS.flatMap(what => KEYS.map(key => stream(what, key))));
  },
  options: {
    invariants: [
      eventually('what the oracle says', runtime => {
        const [found, expected] = [read(runtime), oracles.get(runtime)?.ending];
        if (isDeepStrictEqual(found, expected)) return true;
        throw new Error(`it is ${JSON.stringify(found)}, and should be ${JSON.stringify(expected)}`);
      }),
      always('an echo is a beginning of what it echoes', runtime => {
        for (const key of KEYS) {
          const [heard, said] = [echo, put].map(actor => runtime.state(actor, key)?.list ?? []) as [number[], number[]];
          if (heard.some((n, at) => n !== said[at])) throw new Error(`${heard.join()} of ${said.join()}`);
        }
      }),
    ],
  },
};
