// What reads definitions says what it needs where it gets something else: plain JavaScript has no types that would.
import { describe, expect, it } from 'vitest';
import {
  advise,
  check,
  compareContracts,
  defineActor,
  defineApp,
  defineEvent,
  describeModules,
  extract,
  impact,
  lockContracts,
  observe,
  renderExtract,
  renderImpact,
  renderWiring,
} from '../../src/index.ts';
import { z } from 'zod';

const Placed = defineEvent('order.placed', { data: z.object({}) });
const Paid = defineEvent('order.paid', { data: z.object({}) });
const payments = defineActor('payments', { publishes: [Paid] }).on(Placed, (ctx, data) => ctx.publish(Paid, data));
const mail = defineActor('mail').on(Paid, () => {});
const app = defineApp({ actors: [payments, mail] });

/** As JavaScript calls: without types. */
const call = (fn: unknown, ...args: readonly unknown[]): (() => unknown) => {
  return () => (fn as (...given: readonly unknown[]) => unknown)(...args);
};

const refusal = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'invalid-options', message: expect.stringMatching(message) as unknown });

describe('what reads an app', () => {
  it.each([
    ['check', call(check)],
    ['impact', call(impact, undefined, { remove: mail })],
    ['extract', call(extract, {}, 'billing')],
    ['describeModules', call(describeModules, [app])],
    ['advise', call(advise, null)],
    ['lockContracts', call(lockContracts)],
    ['compareContracts', call(compareContracts, lockContracts(app), 'app')],
  ])('says that %s needs an app', (name, run) => {
    expect(run).toThrow(refusal(new RegExp(`^${name} needs an app\\. Pass what defineApp returned\\.`)));
  });

  it.each([
    [call(impact, app), /impact got no change\. Write \{ add: part \}/],
    [call(impact, app, { remov: mail }), /impact got no change/],
    [call(impact, app, { replace: mail }), /impact got no change/],
    [call(impact, app, { remove: 'mail' }), /'remove' is no actor or saga, but string/],
    [call(impact, app, { replace: mail, by: {} }), /'by' is no actor or saga, but object/],
    [call(advise, app, {}), /advise needs a list of traces/],
    [call(observe, app.graph(), [undefined]), /observe needs a list of traces\. Write \[runtime\.trace/],
    [call(observe, app, []), /observe needs a graph\. Pass what app\.graph\(\) returned/],
    [call(renderWiring, app, 'text'), /renderWiring needs a graph/],
    [call(compareContracts, lockContracts(app), app, { transitve: true }), /no option 'transitve'\. Use mode/],
  ])('says what an argument should be (%#)', (run, message) => {
    expect(run).toThrow(refusal(message));
  });
});

describe('what is rendered', () => {
  it('says that nothing has to change', () => {
    expect(renderExtract([])).toBe('nothing has to change');
  });

  it('says from whom a part gets something now', () => {
    const sales = defineActor('sales').on(Placed, () => {});
    const letters = defineActor('mail').on(Placed, () => {});
    expect(renderImpact(impact(app, { replace: mail, by: letters }))).not.toContain('gets');

    const next = defineApp({ actors: [sales, mail] });
    expect(renderImpact(impact(next, { add: payments }))).toContain('actor mail gets order.paid from payments');
  });
});
