// Two teams greet the new member: both handlers carry the name of the same mail.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const MemberJoined = defineEvent('member.joined', about);

const greet = (id: string, idempotencyKey: string): Promise<boolean> => Promise.resolve(id !== idempotencyKey);

const marketing = defineActor('marketing').task(
  MemberJoined,
  async (ctx, { id }) => {
    await greet(id, ctx.idempotencyKey);
  },
  { effect: 'welcome-mail' },
);
const accounts = defineActor('accounts', { state: () => ({ greeted: false }) }).task(
  MemberJoined,
  {
    run: (ctx, { id }) => greet(id, ctx.idempotencyKey),
    done: (ctx, greeted) => {
      ctx.state.greeted = greeted;
    },
  },
  { effects: ['create-profile', 'welcome-mail'] },
);

export const expected: readonly CheckCode[] = ['TR107'];
export const app = defineApp({ actors: [marketing, accounts] });
