// The accident mended: the saga claims the work, and the handler gives way where it is claimed.
import { defineApp, defineSaga, type App } from 'troupe';
import { ChargePayment, machine, OrderPaid, OrderPlaced, OrderUnpaid, paymentsOf } from './accident.ts';
import type { World } from '../styles/world.ts';

const checkout = defineSaga('checkout', {
  machine,
  publishes: [OrderPaid, OrderUnpaid],
  orchestrates: [ChargePayment],
}).startsOn(OrderPlaced, data => data);

export const fixed = (world: World): App =>
  defineApp({
    actors: [paymentsOf(world, { effect: 'charge-card', yieldsTo: 'orchestrator' })],
    sagas: [checkout],
  });
