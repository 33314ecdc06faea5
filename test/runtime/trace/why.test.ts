// Why an instance is not moving, in data and in sentences.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineActor, defineCommand, type Explanation } from '../../../src/index.ts';
import { launch, type Launched } from '../../support/kernel-kit.ts';

const Charge = defineCommand('payment.charge', { data: z.object({ id: z.string() }), key: data => data.id });
const Later = defineCommand('payment.later', { data: z.object({ id: z.string() }), key: data => data.id });
const Refund = defineCommand('payment.refund', { data: z.object({ id: z.string() }), key: data => data.id });
const Quote = defineCommand('payment.quote', {
  data: z.object({ id: z.string() }),
  key: data => data.id,
  reply: z.object({ cents: z.number() }),
});

function definePayments(onExhausted: 'continue' | 'hold', attempts: number) {
  return defineActor('payments', { state: () => ({ ticket: '' }), sends: [Charge], onExhausted })
    .on(
      Charge,
      () => {
        throw new Error('card reader offline');
      },
      { retry: { attempts, delay: '8s' } },
    )
    .on(Later, (ctx, data) => ctx.schedule(Charge, data, { after: '2h', id: 'second try' }))
    .on(Quote, ctx => ctx.deferReply())
    .task(Refund, async ctx => {
      await ctx.sleep('a day', '1d');
    });
}

interface Setup extends Launched {
  /** Without ids, which differ from run to run. */
  readonly why: (key?: string) => Explanation;
}

async function setup({
  onExhausted = 'continue',
  attempts = 5,
}: Partial<{ onExhausted: 'continue' | 'hold'; attempts: number }> = {}): Promise<Setup> {
  const payments = definePayments(onExhausted, attempts);
  const launched = await launch({ actors: [payments] });
  const why = (key = '1'): Explanation => {
    const found = launched.runtime.why(payments, key);
    return { ...found, text: found.text.replaceAll(/[0-9a-f]{16}-/g, '#') };
  };
  return { ...launched, why };
}

describe('runtime.why', () => {
  it('says that nothing is to do', async () => {
    const { why } = await setup();

    expect(why()).toMatchObject({ address: 'payments/1', status: 'idle', reasons: [] });
    expect(why().text).toBe('payments/1 is idle: it has nothing to do.');
  });

  it('says which attempt comes when, after which error, and what waits behind it', async () => {
    const { runtime, run, why } = await setup();
    await run(Promise.all([runtime.send(Charge, { id: '1' }), runtime.send(Later, { id: '1' })]));

    expect(why().status).toBe('waiting');
    expect(why().text).toBe(
      [
        'payments/1 is waiting:',
        'payment.charge (#1) waits for attempt 2 in 5 s (2027-01-15T08:00:05.017Z). The last: Error: card reader offline.',
        '1 message waits behind payment.charge (#1).',
      ].join('\n'),
    );
  });

  it('says which error holds it, and how to let it go on', async () => {
    const { runtime, run, why, platform } = await setup({ onExhausted: 'hold', attempts: 1 });
    await run(Promise.all([runtime.send(Charge, { id: '1' }), runtime.send(Later, { id: '1' })]));
    await platform.advance(90_000);

    expect(why().status).toBe('blocked');
    expect(why().text).toBe(
      [
        'payments/1 is blocked:',
        'It is held (failed) for 1 m 30 s with Error: card reader offline. Retry, edit or discard its dead letter.',
        'payment.later (#3) waits for its turn.',
      ].join('\n'),
    );
  });

  it('says what is paused', async () => {
    const { runtime, run, why } = await setup();
    await run(runtime.pause({ name: 'payments' }));

    expect(why().text).toBe('payments/1 is blocked:\npayments is paused until somebody resumes it.');
  });

  it('says which timer fires when', async () => {
    const { runtime, run, why } = await setup();
    await run(runtime.send(Later, { id: '1' }));

    expect(why().text).toBe('payments/1 is waiting:\nThe timer second try fires in 2 h (2027-01-15T10:00:00.000Z).');
  });

  it('says which reply is owed', async () => {
    const { runtime, run, why } = await setup();
    await run(runtime.send(Quote, { id: '1' }));

    expect(why().text).toBe('payments/1 is waiting:\nA reply to payment.quote (#1) is owed: its handler deferred it.');
  });

  it('says which task runs', async () => {
    const { runtime, run, why } = await setup();
    await run(runtime.send(Refund, { id: '1' }));

    expect(why().text).toBe('payments/1 is waiting:\nThe task of payment.refund (#1) runs, attempt 1.');
  });

  it('says that a handler rests after ten failures in a row', async () => {
    const { runtime, run, why } = await setup({ attempts: 2 });
    for (let id = 1; id <= 10; id++) await run(runtime.send(Charge, { id: String(id) }));

    expect(why('10').text).toContain('payments:payment.charge rests for 1 s after ten failures in a row.');
  });
});
