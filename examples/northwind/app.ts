// The app: every service and the saga; the same object runs in the shop, in its tests and after a crash.
import { defineApp } from 'troupe';
import { analytics } from './actors/analytics.ts';
import { billing, migrateBilling } from './actors/billing.ts';
import { notifications } from './actors/notifications.ts';
import { payments } from './actors/payments.ts';
import { replenishment } from './actors/replenishment.ts';
import { shipping } from './actors/shipping.ts';
import { stock } from './actors/stock.ts';
import { checkout } from './checkout.ts';

export const app = defineApp({
  actors: [stock, replenishment, payments, shipping, billing, analytics, notifications],
  sagas: [checkout],
  migrate: migrateBilling,
});
