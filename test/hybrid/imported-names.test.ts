// What the text of a handler says, as compilers and test runners leave it.
import { describe, expect, it } from 'vitest';
import { RefundPayment } from '../../examples/styles/contracts.ts';
import { HandlerText } from '../../src/hybrid/handler-text.ts';

interface Context {
  readonly start: (contract: unknown, data: unknown) => void;
}

describe('the text of a handler', () => {
  it('tells the name of an imported contract, which Vitest and compilers to CommonJS write as a member', () => {
    const run = (ctx: Context): void => ctx.start(RefundPayment, { orderId: 'A' });

    expect(String(run)).toMatch(/\(0,\s*\w+\.RefundPayment\)/);
    expect(new HandlerText(run).calls('start')).toEqual({ use: 'uses', names: ['RefundPayment'], isComplete: true });
  });
});
