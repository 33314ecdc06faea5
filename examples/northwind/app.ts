// The app: every service and both sagas; the same object runs in the shop, in its tests and after a crash.
import { defineApp } from 'troupe';
import { analytics } from './actors/analytics.ts';
import { billing, migrateBilling } from './actors/billing.ts';
import { notifications } from './actors/notifications.ts';
import { payments } from './actors/payments.ts';
import { replenishment } from './actors/replenishment.ts';
import { service } from './actors/service.ts';
import { shipping } from './actors/shipping.ts';
import { stock } from './actors/stock.ts';
import { checkout } from './sagas/checkout.ts';
import { delivery } from './sagas/delivery.ts';

export const app = defineApp({
  actors: [stock, replenishment, payments, shipping, service, billing, analytics, notifications],
  sagas: [checkout, delivery],
  migrate: migrateBilling,
});
