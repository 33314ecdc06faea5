// The example as a command: all six orders of the three facts, each with a case of its own; prints what came of them.
import { createRuntime } from 'troupe';
import { AmountsCalculated, app, MethodSelected, payout, PayoutReady, TaxesCalculated } from './payout.ts';

await using runtime = await createRuntime(app, { database: ':memory:' });
runtime.tap(PayoutReady, ({ data: { caseNumber, cents, method } }) =>
  console.log(`${caseNumber}: ${cents} cents by ${method}`),
);

const facts = {
  amounts: (caseNumber: string) => runtime.publish(AmountsCalculated, { caseNumber, cents: 10_000 }),
  taxes: (caseNumber: string) => runtime.publish(TaxesCalculated, { caseNumber, cents: 2_500 }),
  method: (caseNumber: string) => runtime.publish(MethodSelected, { caseNumber, method: 'bank' }),
};
const names = ['amounts', 'taxes', 'method'] as const;
for (const first of names) {
  for (const second of names.filter(name => name !== first)) {
    const third = names.find(name => name !== first && name !== second) ?? 'method';
    const caseNumber = [first, second, third].join('-');
    for (const name of [first, second, third]) await facts[name](caseNumber);
  }
}
await runtime.settled();
console.log(`${runtime.sagas.list(payout, { status: 'done' }).length} payouts are ready`);
