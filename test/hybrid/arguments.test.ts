// What reads definitions says what it needs where it gets something else: plain JavaScript has no types that would.
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import {
  advise,
  check,
  compareContracts,
  defineActor,
  defineApp,
  defineEvent,
  defineModule,
  defineSaga,
  describeModules,
  extract,
  impact,
  lockContracts,
  observe,
  renderExtract,
  renderImpact,
  renderReport,
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
    [call(impact, app, { remove: mail }, 'x'), /no list of live instances, but string\. Pass what runtime\.instances/],
    [call(renderReport), /renderReport needs a report\. Pass what check returned/],
    [call(renderReport, app), /renderReport needs a report/],
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

describe('what defines an app', () => {
  const define = (options: object): (() => unknown) => call(defineActor, 'mail', options);
  const on = (options: object): (() => unknown) =>
    call(
      (...given: Parameters<typeof mail.on>) => mail.on(...given),
      Placed,
      () => {},
      options,
    );

  const saga = defineSaga('checkout', { machine: createMachine({ initial: 'a', states: { a: { type: 'final' } } }) });
  const begin = (options: object): (() => unknown) =>
    call(
      (...given: Parameters<typeof saga.startsOn>) => saga.startsOn(...given),
      Placed,
      () => undefined,
      options,
    );
  const take = (options: object): (() => unknown) =>
    call((...given: Parameters<typeof saga.on>) => saga.on(...given), Paid, options);

  it.each([
    [define({ publishes: ['order.paid'] }), /The actor mail: publishes\[0\] is no event\. Write publishes: \[ … \]/],
    [define({ publishes: Paid }), /publishes is no list/],
    [define({ sends: [Paid] }), /sends\[0\] is no command\. .* what defineCommand returned/],
    [on({ publishes: [undefined] }), /^mail\.on\(order\.placed\): publishes\[0\] is no event/],
    [on({ where: true }), /mail\.on\(order\.placed\): where is no function\. Write where: data => …/],
    [on({ key: 'id' }), /mail\.on\(order\.placed\): key is no function/],
    [begin({ were: () => true }), /checkout\.startsOn\(order\.placed\) has an unknown option 'were'\. Use correlate/],
    [begin({ where: true }), /checkout\.startsOn\(order\.placed\): where is no function/],
    [take({ correlate: 'id' }), /checkout\.on\(order\.paid\): correlate is no function/],
    [call(defineModule, 'shop', { exposes: ['order.paid'] }), /The module shop: exposes\[0\] is no event or command/],
    [call(defineModule, 'shop'), /The module shop needs options\. Use actors, sagas/],
    [call(defineApp), /defineApp needs options/],
    [define({ allow: { code: 'TR101', reason: 'Tried.' } }), /The actor mail: allow is no list\. Write allow: \[/],
    [define({ allow: [{ code: 'TR101' }] }), /The actor mail allows TR101 without a reason/],
    [define({ allow: [{ code: 'TR101', reason: ' ' }] }), /allows TR101 without a reason/],
    [define({ allow: [{ code: 'double-trigger', reason: 'Tried.' }] }), /allows double-trigger, which is no code/],
    [define({ allow: [null] }), /allows undefined, which is no code/],
    [define({ allow: [{ code: 'TR101', reason: 'Tried.', abuot: 'a' }] }), /unknown option 'abuot'\. Use code, reason/],
    [define({ allow: [{ code: 'TR101', reason: 'Tried.', about: 1 }] }), /about what is no text/],
  ])('says what is wrong with an option (%#)', (run, message) => {
    const stringMatching = expect.stringMatching(message) as unknown;
    expect(run).toThrow(expect.objectContaining({ code: 'invalid-definition', message: stringMatching }));
  });

  it('says of a waiver that no rule has its code (TR190)', () => {
    const allow = [{ code: 'TR999', reason: 'Tried.' } as const];
    const { findings } = check(defineApp({ actors: [payments, mail], allow }));
    expect(findings.map(({ problem }) => problem)).toEqual(['The app allows TR999, which no rule has.']);
  });
});
