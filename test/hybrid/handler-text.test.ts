// Handler text: what the source of a handler says about its ctx, in every form in which handlers are written.
import { runInThisContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { HandlerText } from '../../src/hybrid/handler-text.ts';

interface Ctx {
  publish(...args: unknown[]): void;
  send(...args: unknown[]): void;
  readonly state: Record<string, unknown>;
}
type Handler = (ctx: Ctx, data: never) => unknown;

const OrderPlaced = {};
const contracts = { OrderPlaced };
const helper = (...args: unknown[]): unknown => args;

/** As a minifier leaves it: built from text. */
const fromText = (text: string): Handler => runInThisContext(`(${text})`) as Handler;

const methods = {
  publishes(this: void, ctx: Ctx): void {
    ctx.publish(OrderPlaced, {});
  },
  async waits(this: void, ctx: Ctx): Promise<void> {
    await Promise.resolve();
    ctx.publish(OrderPlaced, {});
  },
};

const publishing: readonly (readonly [string, Handler])[] = [
  ['an arrow function', ctx => ctx.publish(OrderPlaced, {})],
  ['an arrow function with data', (ctx, data) => ctx.publish(OrderPlaced, data)],
  [
    'a function',
    function (ctx) {
      ctx.publish(OrderPlaced, {});
    },
  ],
  ['a method', methods.publishes],
  ['an async method', methods.waits],
  ['an async arrow function', async ctx => ctx.publish(OrderPlaced, await Promise.resolve())],
  ['a ctx taken apart', fromText('({ publish }) => publish(OrderPlaced, {})')],
  ['a ctx taken apart under another name', fromText('({ state, publish: tell }) => tell(OrderPlaced)')],
  ['a parameter with a default', fromText('(ctx = {}, data) => ctx.publish(OrderPlaced)')],
  ['a parameter named with a dollar', $ => $.publish(OrderPlaced, {})],
  ['minified code', fromText('e=>{e.publish(OrderPlaced,{})}')],
  ['minified code with two parameters', fromText('(e,t)=>e.publish(OrderPlaced,t)')],
  ['a call over several lines', fromText('ctx => ctx\n  .publish(\n    OrderPlaced, {})')],
  ['a call in a template', fromText('ctx => `a ${ { b: ctx.publish(OrderPlaced, {}) } } c`')],
  ['a contract out of a module', ctx => ctx.publish(contracts.OrderPlaced, {})],
];

const silent: readonly (readonly [string, Handler])[] = [
  ['a function without parameters', () => 'publish'],
  ['a function that uses only its state', ctx => (ctx.state['publish'] = 1)],
  ['a ctx taken apart without it', ({ state }) => state],
  ['a ctx out of which only its state is taken', fromText('ctx => { const { state, key: id } = ctx; return state; }')],
  ['another ctx', fromText('ctx => other.ctx.publish(OrderPlaced)')],
  ['another method', fromText('ctx => ctx.publishers.length')],
  ['a comment', fromText('ctx => {\n// ctx.publish(OrderPlaced)\n/* ctx.publish(OrderPlaced) */ return ctx.state; }')],
  ['texts', ctx => [ctx.state, 'ctx.publish(OrderPlaced)', "it's ctx", `ctx.publish(OrderPlaced)`]],
  ['a pattern', ctx => /ctx.publish\(|'/u.exec('')?.concat(Object.keys(ctx.state))],
];

const unknown: readonly (readonly [string, Handler])[] = [
  ['a helper that gets ctx', ctx => helper(ctx)],
  ['a ctx that is spread', ctx => helper({ ...ctx })],
  ['a ctx out of which the rest is taken', fromText('ctx => { const { state, ...rest } = ctx; return rest; }')],
  ['a ctx that is kept', fromText('ctx => { const other = ctx; other.publish(OrderPlaced); }')],
  ['a computed property', fromText("ctx => ctx['publish'](OrderPlaced)")],
  ['the rest of a ctx taken apart', fromText('({ state, ...rest }) => rest')],
  [
    'arguments',
    function () {
      return helper(arguments);
    } as Handler,
  ],
  ['all parameters in one', (...all: unknown[]) => helper(all)],
  ['a bound function', methods.publishes.bind(undefined)],
  ['a native function', Array.of as unknown as Handler],
  ['a mock', vi.fn<Handler>(ctx => ctx.publish(OrderPlaced))],
];

describe('the text of a handler', () => {
  it.each(publishing)('says that it publishes, and what: %s', (_form, handler) => {
    expect(new HandlerText(handler).calls('publish')).toEqual({
      use: 'uses',
      names: ['OrderPlaced'],
      isComplete: true,
    });
  });

  it.each(silent)('says that it publishes nothing: %s', (_form, handler) => {
    expect(new HandlerText(handler).calls('publish')).toEqual({ use: 'never', names: [], isComplete: true });
  });

  it.each(unknown)('says nothing for certain: %s', (_form, handler) => {
    expect(new HandlerText(handler).calls('publish')).toMatchObject({ use: 'unknown', isComplete: false });
  });

  it('names several contracts, and tells methods apart', () => {
    const text = new HandlerText(fromText('ctx => { ctx.publish(A); ctx.publish(B, 1); ctx.send(C); }'));

    expect(text.calls('publish').names).toEqual(['A', 'B']);
    expect(text.calls('send').names).toEqual(['C']);
    expect(text.uses('send', 'schedule')).toBe('uses');
    expect(text.uses('schedule')).toBe('never');
  });

  it('finds the contract where it is not the first argument', () => {
    const text = new HandlerText(fromText("async ctx => ctx.ask('a, b (c', ChargePayment, { a: [1, 2] })"));

    expect(text.calls('ask', 1).names).toEqual(['ChargePayment']);
  });

  it('says that it publishes where the method is taken out of ctx', () => {
    const text = new HandlerText(fromText('ctx => { const { state, publish: tell } = ctx; tell(OrderPlaced); }'));

    expect(text.calls('publish')).toEqual({ use: 'uses', names: [], isComplete: false });
    expect(text.calls('send')).toMatchObject({ use: 'never', isComplete: true });
  });

  it('names no contract where a variable holds it, as in a function that makes handlers', () => {
    const made = (done: object) => (ctx: Ctx) => ctx.publish(done, {});

    expect(new HandlerText(made({})).calls('publish')).toEqual({ use: 'uses', names: [], isComplete: false });
  });

  it('is incomplete where a contract is computed or ctx is handed on, too', () => {
    const chosen = new HandlerText(fromText('ctx => ctx.publish(ok ? A : B)'));
    const both = new HandlerText(fromText('ctx => { ctx.publish(A); helper(ctx); }'));

    expect(chosen.calls('publish')).toEqual({ use: 'uses', names: [], isComplete: false });
    expect(both.calls('publish')).toEqual({ use: 'uses', names: ['A'], isComplete: false });
  });
});
