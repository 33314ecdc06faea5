// The app whose databases are kept: the checkout with everything it stores, and an actor whose task never ends.
import { defineActor, defineApp } from '../../src/index.ts';
import { checkout, payments, shipping, stock } from '../sagas/checkout.ts';
import { commandOf } from '../support/kernel-kit.ts';

export const Print = commandOf('label.print');

const printer = defineActor('printer').task(Print, () => new Promise<null>(() => {}));

export const app = defineApp({ actors: [payments, stock, shipping, printer], sagas: [checkout] });
