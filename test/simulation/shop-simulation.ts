// The shop of the test kit: a checkout that conducts, and actors that react.
import { always, eventually, leadsTo, noDeadLetters, once, type Simulation } from '../../src/testing/index.ts';
import * as shop from '../testing/shop.ts';

export const shopSimulation: Simulation = {
  name: 'shop',
  app: shop.app,
  scenario: async ({ client, random }) => {
    const place = (orderId: string, cents: number): Promise<unknown> =>
      client.publish(shop.OrderPlaced, { orderId, cents });
    await place('1', 100);
    await Promise.all([place('2', 200), place('dear', 200_000)]);
    await client.sleep(Math.floor(random() * 5_400_000));
    await client.publish(shop.OrderCancelled, { orderId: '2' });
  },
  options: {
    invariants: [
      once(shop.PaymentCharged).per('key'),
      once(shop.OrderConfirmed).per('key'),
      leadsTo(shop.OrderPlaced, [shop.OrderConfirmed, shop.OrderRejected]),
      noDeadLetters(),
      always('nobody pays for what is declined', t => t.state(shop.payments, 'dear')?.status !== 'charged'),
      eventually('who gets nothing has paid nothing', t =>
        t.sagas
          .list(shop.checkout)
          .every(
            ({ key, status }) =>
              (status === 'done') === (t.state(shop.payments, key)?.status === 'charged') ||
              (status === 'compensated' && t.state(shop.payments, key)?.status !== 'charged'),
          ),
      ),
      eventually('books add up', t => {
        const charged = t.published(shop.PaymentCharged);
        return t.state(shop.books)?.cents === charged.reduce((sum, { cents }) => sum + cents, 0);
      }),
    ],
    end: t => ({ books: t.state(shop.books)?.cents ?? 0, orders: t.sagas.list(shop.checkout).map(one => one.status) }),
  },
};
