// The payout example under every order of its facts, with duplicates, in time and too late, and with a crash between any two.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  AmountsCalculated,
  app,
  MethodSelected,
  payout,
  PayoutNotReady,
  PayoutReady,
  TaxesCalculated,
} from '../../examples/payout/payout.ts';
import { root } from '../../scripts/entries.mjs';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';

const caseNumber = '7';
const facts = {
  amounts: ({ run, runtime }: Launched) => run(runtime.publish(AmountsCalculated, { caseNumber, cents: 100 })),
  taxes: ({ run, runtime }: Launched) => run(runtime.publish(TaxesCalculated, { caseNumber, cents: 30 })),
  method: ({ run, runtime }: Launched) => run(runtime.publish(MethodSelected, { caseNumber, method: 'card' })),
};
type Fact = keyof typeof facts;

function orders<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap(first => orders(items.filter(item => item !== first)).map(rest => [first, ...rest]));
}

describe('a payout', () => {
  for (const order of orders<Fact>(['amounts', 'taxes', 'method'])) {
    it(`is ready after ${order.join(', ')}, with a crash after each and each said twice`, async () => {
      let launched = await launch(app);
      const ready: unknown[] = [];
      for (const fact of order) {
        launched.runtime.tap(PayoutReady, ({ data }) => ready.push(data));
        await facts[fact](launched);
        await facts[fact](launched);
        launched = await crash(launched, app);
      }

      expect(ready).toEqual([{ caseNumber, cents: 70, method: 'card' }]);
      expect(launched.runtime.sagas.list(payout)).toMatchObject([{ key: caseNumber, status: 'done', state: 'ready' }]);
      await launched.platform.advance(20_000);
      expect(launched.runtime.deadLetters.list()).toEqual([]);
    });
  }

  it('says what is missing when the time is over, and what comes later starts nothing', async () => {
    const launched = await launch(app);
    const late: unknown[] = [];
    launched.runtime.tap(PayoutNotReady, ({ data }) => late.push(data));
    await facts.taxes(launched);

    await launched.platform.advance(9_999);
    expect(late).toEqual([]);
    await launched.platform.advance(1);
    await facts.amounts(launched);

    expect(late).toEqual([{ caseNumber, missing: ['amount', 'method'] }]);
    expect(launched.runtime.sagas.list(payout)).toMatchObject([{ status: 'done', state: 'overdue' }]);
  });

  it('runs as a command', () => {
    const from = pathToFileURL(join(root, 'scripts/from-source.mjs')).href;
    const { stdout, status } = spawnSync(process.execPath, ['--import', from, join(root, 'examples/payout/main.ts')], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });

    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(7);
    expect(stdout).toContain('6 payouts are ready');
  });
});
