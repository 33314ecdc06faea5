// A program that plays simulations, as a project has one: an app that is sound, and one that breaks on its second seed.
import { z } from 'zod';
import { defineActor, defineApp, defineCommand } from '../../src/index.ts';
import { always, simulateCommand, type Simulation } from '../../src/testing/index.ts';

const Add = defineCommand('sum.add', { data: z.object({ n: z.int() }), reply: z.number() });
const sum = defineActor('sum', { single: true, state: () => ({ total: 0 }) }).on(
  Add,
  (ctx, { n }) => (ctx.state.total += n),
);
const app = defineApp({ actors: [sum] });

export const sound: Simulation = {
  name: 'sound',
  app,
  scenario: ({ client, random }) => client.ask(Add, { n: Math.floor(random() * 10) }),
};

export const broken: Simulation = {
  name: 'broken',
  app,
  scenario: ({ client, runtime }) => client.send(Add, { n: runtime.seed }),
  options: { invariants: [always('the total is below 2', t => (t.state(sum)?.total ?? 0) < 2)] },
};

if (import.meta.main) {
  const { argv, stdout } = process;
  // Says who is there, so that a test can see who is left.
  stdout.write(`pid ${process.pid}\n`);
  const simulations = process.env['TROUPE_BROKEN'] === undefined ? [sound] : [sound, broken];
  process.exitCode = await simulateCommand(simulations, { argv: argv.slice(2), stdout, seedsFile: false });
}
