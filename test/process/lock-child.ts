// A process that opens a database, says so, and holds it until it is killed or told to stop.
import { createRuntime, defineApp } from '../../src/index.ts';

const [, , file] = process.argv;
const runtime = await createRuntime(defineApp({}), { database: file ?? '' });
process.stdout.write('open\n');
process.stdin.once('data', () => void runtime.stop().then(() => process.exit(0)));
