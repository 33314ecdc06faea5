// A saga that several events start: in whatever order they come, the instance ends the same.
import { describe, expect, it } from 'vitest';
import { defineApp, type Saga } from '../../src/index.ts';
import { createTestRuntime } from '../../src/testing/index.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { Begun, childOf, machineOf, Nudged, ownContext, Poked } from './trap-kit.ts';

const events = [Begun, Poked, Nudged] as const;
const over = { type: 'final' };

/** Every event starts it, and is then delivered. */
function startedByAll(config: object, options: object = {}): Saga {
  const saga = childOf('flow', machineOf({ ...ownContext, ...config }), options) as unknown as Record<
    'startsOn' | 'on',
    (contract: unknown, toInput?: unknown) => typeof saga
  >;
  return events.reduce(
    (flow, contract) => flow.startsOn(contract, (data: object) => data).on(contract),
    saga,
  ) as unknown as Saga;
}

/** One event after the other, and no other order. */
const inOrder = {
  initial: 'a',
  states: {
    a: { on: { 'job.begun': 'b' } },
    b: { on: { 'job.poked': 'c' } },
    c: { on: { 'job.nudged': 'over' } },
    over,
  },
};
/** All of them at once. */
const sideBySide = {
  type: 'parallel',
  states: Object.fromEntries(
    events.map(({ type }) => [
      type.replace('.', '-'),
      { initial: 'open', states: { open: { on: { [type]: 'closed' } }, closed: over } },
    ]),
  ),
};

const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

const publish = ({ runtime, run }: Launched, which: number): Promise<unknown> =>
  run(runtime.publish(events[which] ?? Begun, { id: '1' }));

describe('a saga that several events start', () => {
  for (const order of orders) {
    const name = order.map(which => events[which]?.type).join(', ');

    it(`puts those aside that come too early, that which starts it too: ${name}`, async () => {
      const flow = startedByAll(inOrder, { unhandled: 'stash' });
      let launched = await launch({ sagas: [flow] });
      for (const which of order) {
        await publish(launched, which);
        launched = await crash(launched, { sagas: [flow] });
      }

      expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ status: 'done', stashed: 0 });
    });

    it(`takes them side by side: ${name}`, async () => {
      const flow = startedByAll(sideBySide);
      const launched = await launch({ sagas: [flow] });
      const { runtime, run } = launched;

      await run(Promise.all(order.map(which => runtime.publish(events[which] ?? Begun, { id: '1' }))));

      expect(runtime.sagas.get(flow, '1')?.status).toBe('done');
    });
  }

  it('has done its part when it starts an instance that cannot take it, and shows so', async () => {
    const flow = startedByAll(inOrder);
    const launched = await launch({ sagas: [flow] });

    const { correlationId } = (await publish(launched, 1)) as { correlationId: string };
    await publish(launched, 1);

    const { runtime } = launched;
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ state: 'a', status: 'running', stashed: 0 });
    expect(runtime.trace(correlationId).roots[0]?.turns.map(({ outcome }) => outcome)).toEqual(['done']);
  });
});

describe('a key whose instance is forgotten', () => {
  it.each([1, 2, 3])('K22 starts another, though a message for it was suspected of a crash: commit %i', async nth => {
    const flow = startedByAll(inOrder);
    await using t = await createTestRuntime(defineApp({ sagas: [flow] }));
    for (const event of events) await t.publish(event, { id: '1' });
    expect(t.saga(flow, '1').status).toBe('done');

    t.failCommit(nth, 'io');
    await t.publish(Begun, { id: '1' }, { idempotencyKey: 'late' }).catch(() => {});
    await t.crash();
    await t.advance('31d');
    // Housekeeping comes with other work.
    for (const id of ['2', '3']) {
      await t.publish(Begun, { id });
      await t.advance('2m');
    }
    expect(t.sagas.get(flow, '1')).toBeUndefined();

    await t.publish(Begun, { id: '1' });
    expect(t.saga(flow, '1').status).toBe('running');
    expect(t.imbalances()).toEqual([]);
  });
});
