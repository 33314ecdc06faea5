// What a runtime says to calls without types that would find nothing, or break later.
import { describe, expect, it } from 'vitest';
import { defineActor } from '../../src/index.ts';
import { eventOf, launch, type Launched } from '../support/kernel-kit.ts';

const Placed = eventOf('order.placed');
const Other = eventOf('order.other');
const payments = defineActor('payments').on(Placed, () => {});

/** Calls a method as JavaScript does. */
function call({ runtime }: Launched, method: 'tap' | 'trace' | 'why', ...args: readonly unknown[]): unknown {
  return (runtime[method] as (...given: readonly unknown[]) => unknown).apply(runtime, [...args]);
}

const refusal = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as unknown });

describe('a call without types', () => {
  it.each<[string, Parameters<typeof call>[1], readonly unknown[], RegExp]>([
    [
      'a tap of a misspelt event',
      'tap',
      ['effect-repeatd', () => {}],
      /no lifecycle event 'effect-repeatd'\. Use message, turn, .* or pass what defineEvent/u,
    ],
    ['a tap without a function', 'tap', ['turn'], /tap of turn got no function\. Pass what is called/u],
    ['a tap of a contract without a function', 'tap', [Placed, 'log'], /tap of order\.placed got no function/u],
    ['a tap of nothing', 'tap', [undefined, () => {}], /tap got neither a contract nor a name/u],
    ['a tap of a definition', 'tap', [payments, () => {}], /tap got neither a contract nor a name/u],
    [
      'a trace of a type and a key',
      'trace',
      ['order.placed', 'A-1'],
      /trace got the text 'order\.placed' and a key\. Pass a correlation id alone, or what defineEvent/u,
    ],
    ['a trace of a contract without a key', 'trace', [Placed], /trace got no key/u],
    ['a trace of nothing', 'trace', [], /trace got no key\. Pass a correlation id alone/u],
    ['a trace of a definition', 'trace', [payments, 'A-1'], /found by a contract and a key/u],
  ])('is refused: %s', async (_, method, args, message) => {
    const launched = await launch({ actors: [payments] });

    expect(() => call(launched, method, ...args)).toThrow(refusal('invalid-options', message));
  });

  it.each([['payments'], [undefined], [null], [{}]])('is refused where it asks why of %j', async target => {
    const launched = await launch({ actors: [payments] });
    const message = /Pass what defineActor or defineSaga returned\./u;

    expect(() => call(launched, 'why', target, 'A-1')).toThrow(refusal('unknown-definition', message));
  });

  it('may tap the type of a contract that the app has, and any contract', async () => {
    const launched = await launch({ actors: [payments] });
    const heard: unknown[] = [];
    call(launched, 'tap', 'order.placed', ({ type }: { readonly type: string }) => heard.push(type));
    launched.runtime.tap(Other, ({ type }) => heard.push(type));

    await launched.run(launched.runtime.publish(Placed, {}));
    await launched.run(launched.runtime.publish(Other, {}));

    expect(heard).toEqual(['order.placed', 'order.other']);
  });
});
