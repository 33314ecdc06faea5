// A process as short as can be: bare, or importing the built package (argument 1) and opening a database (argument 2).
const [entry, database] = process.argv.slice(2);
if (entry !== undefined) {
  const { createRuntime, defineActor, defineApp, defineCommand } = await import(entry);
  const schema = {
    '~standard': { version: 1, vendor: 'bench', validate: (/** @type {unknown} */ value) => ({ value }) },
  };
  const Hello = defineCommand('hello.say', { data: schema, key: () => 'default' });
  const hello = defineActor('hello', {}).on(Hello, () => undefined);
  await createRuntime(defineApp({ actors: [hello] }), { database });
}
// Since the process began.
console.log(JSON.stringify({ ms: performance.now(), rssMiB: process.memoryUsage.rss() / 1_048_576 }));
process.exit(0);
