// Commands whose verb is not the usual one, before a participle that says what they are about.
import { defineActor, defineApp, defineCommand } from '../../../../src/index.ts';
import { about } from '../kit.ts';

const names = [
  'invoice.bulk-mark-paid',
  'jobs.kick-delayed',
  'loans.chase-unpaid',
  'orders.nudge-abandoned',
  'orders.reprice-unpaid',
  'shipments.redeliver-returned',
  'index.rescan-changed',
];
const base = defineActor('operators');

export const app = defineApp({
  actors: [names.reduce((actor, name) => actor.on(defineCommand(name, about), () => {}), base)],
});
