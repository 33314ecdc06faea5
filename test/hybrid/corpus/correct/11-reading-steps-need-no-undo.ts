// Two steps only read, and say that there is nothing to undo; the steps that change something have their undo.
import { assign, setup } from 'xstate';
import { z } from 'zod';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  task,
} from '../../../../src/index.ts';
import type { TaskArgs } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const PolicyRequested = defineEvent('policy.requested', money);
const QuotePremium = defineCommand('premium.quote', { ...money, reply: z.object({ cents: z.int() }) });
const OpenPolicy = defineCommand('policy.open', { ...about, reply: ok });
const VoidPolicy = defineCommand('policy.void', about);
const CollectPremium = defineCommand('premium.collect', { ...money, reply: ok });

interface Request extends Case {
  readonly score: number;
  readonly premium: number;
}

const premiums = defineActor('premiums', { state: () => ({ collected: 0 }) })
  .on(QuotePremium, (_ctx, { cents }) => ({ cents: Math.round(cents / 100) }))
  .on(CollectPremium, (ctx, { cents }) => {
    ctx.state.collected += cents;
    return { ok: cents < 100_000 };
  });
const policies = defineActor('policies', { state: () => ({ open: false }) })
  .on(OpenPolicy, ctx => ({ ok: (ctx.state.open = true) }))
  .on(VoidPolicy, ctx => void (ctx.state.open = false));

const scoreOf = async ({ input }: TaskArgs<{ readonly id: string }>): Promise<number> => input.id.length;
const machine = setup({
  types: {} as { input: Case; context: Request; tags: 'compensate' },
  actors: {
    score: task(scoreOf, { timeout: '20s', compensate: false }),
    quote: command(QuotePremium, { compensate: false }),
    open: command(OpenPolicy, { compensate: { send: VoidPolicy, data: (_reply, { id }) => ({ id }) } }),
    collect: command(CollectPremium, { doneIf: reply => reply.ok }),
  },
}).createMachine({
  id: 'underwriting',
  context: ({ input }) => ({ ...input, score: 0, premium: 0 }),
  initial: 'scoring',
  states: {
    scoring: {
      invoke: {
        id: 'score',
        src: 'score',
        input: whole,
        onDone: { target: 'quoting', actions: assign({ score: ({ event }) => event.output as number }) },
        onError: 'declined',
      },
    },
    quoting: {
      invoke: {
        id: 'quote',
        src: 'quote',
        input: ({ context: { id, cents, score } }) => ({ id, cents: cents + score }),
        onDone: { target: 'opening', actions: assign({ premium: ({ event }) => event.output.cents }) },
        onError: 'declined',
      },
    },
    opening: { invoke: { id: 'open', src: 'open', input: whole, onDone: 'collecting', onError: 'declined' } },
    collecting: {
      invoke: {
        id: 'collect',
        src: 'collect',
        input: ({ context: { id, premium } }) => ({ id, cents: premium }),
        onDone: 'insured',
        onError: 'declined',
      },
    },
    insured: { type: 'final' },
    declined: { type: 'final', tags: 'compensate' },
  },
});
const underwriting = defineSaga('underwriting', { machine }).startsOn(PolicyRequested, data => data);

export const app = defineApp({ actors: [premiums, policies], sagas: [underwriting] });
