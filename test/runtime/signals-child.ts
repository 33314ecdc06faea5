// A program for the tests of signals: a runtime that heeds them, with a task that takes its time.
import { z } from 'zod';
import { createRuntime, defineActor, defineApp, defineCommand } from '../../src/index.ts';

const Work = defineCommand('work.do', { data: z.object({ ms: z.number() }) });
const worker = defineActor('worker', {}).task(Work, async (_ctx, { ms }) => {
  console.log('working');
  await new Promise(resolve => setTimeout(resolve, ms));
  console.log('worked');
});
const runtime = await createRuntime(defineApp({ actors: [worker] }), {
  database: process.argv[2] ?? ':memory:',
  handleSignals: true,
});
await runtime.send(Work, { ms: Number(process.argv[3]) });
