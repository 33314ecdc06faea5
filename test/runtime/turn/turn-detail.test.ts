// What a behavior wants remembered of a turn: kept with the turn, and only with one that is kept.
import { describe, expect, it } from 'vitest';
import { behaviorOf, programOf } from '../../support/behavior-kit.ts';
import { eventOf, launch } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Told = eventOf('detail.told');

const program = programOf(
  behaviorOf('teller', {
    on: [Told],
    turn: ({ data, attempt }, decision) => {
      const { n, text } = data as { readonly n: number; readonly text: string };
      decision.detail = n === 0 ? undefined : n === 3 ? 'x'.repeat(300_000) : { n, path: [text, null] };
      if (n === 2 && attempt === 1) throw new Error('once');
      if (n === 4) decision.deadLetter = 'unwanted';
    },
  }),
);

describe('the detail of a turn', () => {
  it('is in the trace, after a crash as well', async () => {
    const old = await launch(program);
    const { id } = await old.run(old.runtime.publish(Told, { key: 'a', n: 1, text: 'x' }));
    expect(old.runtime.trace(id).roots[0]?.turns).toMatchObject([{ detail: { n: 1, path: ['x', null] } }]);

    const { runtime } = await crash(old, program);

    expect(runtime.trace(id).roots[0]?.turns).toMatchObject([{ detail: { n: 1, path: ['x', null] } }]);
  });

  it('is nothing where the behavior says nothing', async () => {
    const { runtime, run, store } = await launch(program);
    const { id } = await run(runtime.publish(Told, { key: 'a' }));

    expect(runtime.trace(id).roots[0]?.turns).toMatchObject([{ detail: undefined }]);
    expect(store.messages.turnsOf(1)).toMatchObject([{ detail: null }]);
  });

  it('is not kept of an attempt that failed, but of a message that was refused', async () => {
    const { runtime, run, platform } = await launch(program);
    const failed = await run(runtime.publish(Told, { key: 'a', n: 2, text: 'y' }));
    await platform.advance(60_000);
    const refused = await run(runtime.publish(Told, { key: 'a', n: 4, text: 'z' }));

    expect(runtime.trace(failed.id).roots[0]?.turns).toMatchObject([
      { outcome: 'failed', attempt: 1, detail: undefined },
      { outcome: 'done', attempt: 2, detail: { n: 2 } },
    ]);
    expect(runtime.trace(refused.id).roots[0]?.turns).toMatchObject([
      { outcome: 'dead-letter', attempt: 1, detail: { n: 4 } },
    ]);
  });

  it('has the size of a message at most', async () => {
    const { runtime, run } = await launch(program);
    await run(runtime.publish(Told, { key: 'a', n: 3 }));

    expect(runtime.deadLetters.list()[0]?.failures).toMatchObject([{ code: 'too-large' }]);
  });
});
