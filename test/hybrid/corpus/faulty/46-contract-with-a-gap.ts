// The event is in version 3 and can be read from version 2; what version 1 has stored cannot be read any more.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money } from '../kit.ts';

const CardIssued = defineEvent('card.issued', {
  ...money,
  version: 3,
  upcast: { 2: (old: { readonly id: string }) => ({ ...old, cents: 0 }) },
});

const cards = defineActor('cards', { state: () => ({ limit: 0 }) }).on(CardIssued, (ctx, { cents }) => {
  ctx.state.limit = cents;
});

export const expected: readonly CheckCode[] = ['TR140'];
export const app = defineApp({ actors: [cards] });
