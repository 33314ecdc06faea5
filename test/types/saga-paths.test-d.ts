// What TypeScript accepts and refuses about the samples of sagaPaths.
import { delivery } from '../../examples/northwind/sagas/delivery.ts';
import { checkout as shop } from '../../examples/northwind/sagas/checkout.ts';
import { sagaPaths } from '../../src/testing/index.ts';
import { Charge, checkout, Reserve } from '../sagas/checkout.ts';

const down = new Error('down');

sagaPaths(checkout, {
  replies: [
    [Charge, [{ ok: true, receipt: 'r' }, { ok: false, code: 'declined' }, down]],
    [Reserve, [{ reservation: 'r' }]],
  ],
  to: { paying: { money: 'charged' } },
  distinguish: ({ cents }) => cents,
});
sagaPaths(shop, { replies: [[delivery, [{ reason: 'not-collected' }, down]]] });

// @ts-expect-error -- a reply is one of its command
sagaPaths(checkout, { replies: [[Charge, [{ reservation: 'r' }]]] });
// @ts-expect-error -- an output is one of its saga
sagaPaths(shop, { replies: [[delivery, [{ reason: 'tired' }]]] });
// @ts-expect-error -- a state is one of the machine
sagaPaths(checkout, { to: 'lost' });
// @ts-expect-error -- a context is that of the machine
sagaPaths(checkout, { distinguish: ({ colour }) => colour });
