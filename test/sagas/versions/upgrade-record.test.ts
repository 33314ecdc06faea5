// Records of release 0.1.0 in the shape of today.
import { setup, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { lift } from '../../../src/sagas/load.ts';
import { upgradeRecord } from '../../../src/sagas/upgrade-record.ts';
import { work } from './kit.ts';

/** As 0.1.0 stored it: armed timers are ids, calls name the child, and nothing says which machine wrote it. */
const old = {
  seq: 3,
  snapshot: {
    status: 'active',
    value: 'paying',
    historyValue: {},
    context: { n: 1 },
    children: { 'pay/1': { snapshot: { status: 'active', input: { n: 1 }, token: '2.1' }, src: 'pay/all' } },
  },
  calls: [
    {
      n: 1,
      undoes: null,
      child: 'pay/1',
      src: 'pay/all',
      spawn: '2.1',
      type: 'payment.charge',
      data: { n: 1 },
      attempt: 1,
      status: 'sent',
      abandoned: false,
      reply: null,
    },
  ],
  armed: ['xstate.after.patience.checkout.paying', 'reminder'],
  ending: null,
  output: null,
  error: null,
};

describe('a record of release 0.1.0', () => {
  it('gets paths, timers with their events, and an empty fingerprint', () => {
    const { child: _, ...call } = old.calls[0]!;
    const after = 'xstate.after.patience.checkout.paying';

    expect(upgradeRecord(old)).toEqual({
      ...old,
      last: 1,
      print: '',
      waiting: [],
      stashed: 0,
      failing: null,
      calls: [{ ...call, path: '/pay~11', src: 'pay~1all' }],
      armed: [
        { token: after, source: '', target: '', id: after, due: 0, event: { type: after } },
        { token: 'reminder', source: '', target: '', id: 'reminder', due: 0, event: null },
      ],
    });
  });

  it('is loaded by the machine that wrote it', () => {
    const machine = setup({ actors: { 'pay/all': work }, delays: { patience: 5 } }).createMachine({
      id: 'checkout',
      initial: 'paying',
      states: {
        paying: { after: { patience: 'end' }, invoke: { id: 'pay/1', src: 'pay/all' } as never },
        end: { type: 'final' },
      },
    }) as unknown as AnyStateMachine;

    expect(lift({ machine }, upgradeRecord(old), 1)).toMatchObject({ ok: true, how: 'compatible' });
  });

  it('is upgraded once', () => {
    const today = upgradeRecord(old);

    expect(upgradeRecord(today)).toBe(today);
  });
});
