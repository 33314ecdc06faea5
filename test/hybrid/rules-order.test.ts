// Rule about order: TR125 finds two steps that could run at once, and keeps silent where it cannot tell.
import { assign, enqueueActions } from 'xstate';
import { describe, expect, it } from 'vitest';
import { command } from '../../src/index.ts';
import { ask, ends, flow, found, invoke, looks, places, undoing, undone } from './rules-kit.ts';

const Score = ask('credit.score');
const Quote = ask('premium.quote');
const Undo = ask('credit.undo');
const owners = [looks('credit', Score, Undo), looks('premiums', Quote)];
const actors = { score: command(Score as never), quote: command(Quote as never) };

interface Context {
  readonly id: string;
  readonly score: number;
  readonly lines: readonly { readonly next: Context }[];
}

const brings = (key = 'score'): object => ({ target: 'quoting', actions: assign({ [key]: () => 1 }) });
const reads = (input: unknown): object => invoke('quote', 'done', 'failed', { input });
const byId = ({ context }: { context: Context }): object => ({ id: context.id });

const independent = (onDone: unknown, second: object, more: object = {}) =>
  places('TR125', {
    actors: owners,
    sagas: [flow({ scoring: invoke('score', onDone), quoting: second, ...ends }, { actors, ...more })],
  });

describe('TR125 independent-steps', () => {
  it('finds a step that reads nothing of what the one before it brings', () => {
    const one = flow({ scoring: invoke('score', brings()), quoting: reads(byId), ...ends }, { actors });

    expect(found('TR125', { actors: owners, sagas: [one] })).toMatchObject([
      {
        level: 'hint',
        problem: 'The step flow.quoting/quote reads nothing that flow.scoring/score brings, and waits for it.',
        way: [
          { at: 'flow.scoring', does: 'waits for', what: 'credit.score' },
          { at: 'flow.quoting', does: 'waits for', what: 'premium.quote' },
        ],
        about: ['flow.scoring/score', 'flow.quoting/quote'],
      },
    ]);
  });

  it('is silent where it reads it, also in the middle of a calculation', () => {
    expect(
      independent(
        brings(),
        reads(({ context }: { context: Context }) => ({ id: `${context.score * 2}` })),
      ),
    ).toEqual([]);
    expect(
      independent(
        brings('lines'),
        reads(({ context }: { context: Context }) => ({ id: context.lines.map(one => one.next) })),
      ),
    ).toEqual([]);
  });

  it.each<[string, (args: { context: Context; event: { output: string } }) => unknown]>([
    ['reads the event', ({ event }) => event.output],
    ['hands on the whole context', ({ context }) => context],
    ['copies the whole context', ({ context }) => ({ ...context })],
    ['hides the whole context', ({ context }) => ({ inside: [context] })],
    ['asks for its keys', ({ context }) => Object.keys(context)],
    ['throws', () => JSON.parse('')],
    [
      'never ends',
      ({ context }) => {
        let one: Context | undefined = context;
        while (one) one = one.lines[0]?.next;
        return one;
      },
    ],
  ])('is silent about an input that %s', (_, input) => {
    expect(independent(brings(), reads(input))).toEqual([]);
  });

  it('is silent where it cannot read what is assigned', () => {
    expect(independent({ target: 'quoting', actions: assign(() => ({})) }, reads(byId))).toEqual([]);
    expect(independent({ target: 'quoting', actions: enqueueActions(() => {}) }, reads(byId))).toEqual([]);
    const named = { actions: { remember: assign({ id: () => '2' }) } };
    expect(independent({ target: 'quoting', actions: 'remember' }, reads(byId), named)).toEqual([]);
  });

  it('is silent where the second does not always follow, and about two commands of one owner', () => {
    const guards = { isGood: () => true };
    const branches = [{ guard: 'isGood', target: 'quoting' }, { target: 'done' }];
    expect(independent(branches, reads(byId), { guards })).toEqual([]);

    const one = flow({ scoring: invoke('score', brings()), quoting: reads(byId), ...ends }, { actors });
    expect(found('TR125', { actors: [looks('all', Score, Quote)], sagas: [one] })).toEqual([]);
  });

  it('is silent about what cannot be undone: it comes last', () => {
    const states = { scoring: invoke('score', brings()), quoting: reads(byId), ...undoing };
    const between = (score: unknown, quote: unknown) =>
      places('TR125', { actors: owners, sagas: [flow(states, { actors: { score, quote } })] });

    expect(between(undone(Score, Undo), actors.quote)).toEqual([]);
    expect(between(undone(Score, Undo), undone(Quote, Undo))).toEqual(['flow.scoring/score']);
  });
});
