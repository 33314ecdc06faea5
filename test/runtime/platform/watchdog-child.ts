// A program for the tests of the watchdog: a handler that never ends, on a database that outlives the process.
import { z } from 'zod';
import { createRuntime, defineActor, defineApp, defineCommand } from '../../../src/index.ts';

const [database = ':memory:', mode = 'report'] = process.argv.slice(2);
const Spin = defineCommand('loop.spin', {
  data: z.object({ id: z.string(), ms: z.number() }),
  key: data => data.id,
});
const looper = defineActor('looper', { state: () => ({ spins: 0 }) }).on(Spin, (ctx, { ms }) => {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    // Nothing but another thread can see this.
  }
  ctx.state.spins += 1;
});

const runtime = await createRuntime(defineApp({ actors: [looper] }), {
  database,
  watchdog: { after: 200, kill: mode !== 'report' },
});
if (mode === 'report') {
  await runtime.send(Spin, { id: 'räder', ms: 900 });
} else {
  if (mode === 'behind') await runtime.pause(looper);
  if (mode === 'behind' || mode === 'stored') {
    runtime.transaction(tx => {
      tx.send(Spin, { id: '1', ms: 60_000 });
      tx.send(Spin, { id: '1', ms: 0 });
    });
  }
  if (mode === 'behind') await runtime.resume(looper);
  if (mode === 'delayed') await runtime.send(Spin, { id: '1', ms: 60_000 }, { delay: 20 });
  await new Promise<void>(resolve => {
    const removeTap = runtime.tap('dead-letter', () => {
      removeTap();
      runtime.tap('idle', () => resolve());
    });
  });
  const letters = runtime.deadLetters.list().map(({ reason, crashes, address }) => ({ reason, crashes, address }));
  console.log(JSON.stringify({ letters, spins: runtime.state(looper, '1')?.spins ?? 0 }));
}
await runtime.stop();
