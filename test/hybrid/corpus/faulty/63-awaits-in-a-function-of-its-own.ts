// A handler is synchronous, so it starts an async function and forgets it: what that does is not part of the turn.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const MemberJoined = defineEvent('member.joined', about);
const letters = { post: async (id: string): Promise<string> => Promise.resolve(id) };

const welcome = defineActor('welcome', { state: () => ({ members: 0 }) }).on(MemberJoined, (ctx, { id }) => {
  ctx.state.members += 1;
  void (async () => {
    await letters.post(id);
  })();
});

export const expected: readonly CheckCode[] = ['TR150'];
export const app = defineApp({ actors: [welcome] });
