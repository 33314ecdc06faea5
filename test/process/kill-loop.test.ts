import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import { checkLinearizable } from '../../src/testing/history-checker.ts';
import { readHistory, recordHistory } from '../../src/testing/history.ts';
import { checkPrefix } from '../../src/testing/prefix-checker.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { makeApp, Taken } from './kill-child.ts';
import { append, ledgerModel, type LedgerOp, type LedgerReply } from './ledger.ts';

const KILLS = Number(process.env['TROUPE_KILLS'] ?? 100);
const folder = mkdtempSync(join(tmpdir(), 'troupe-kill-'));
const child = join(import.meta.dirname, 'kill-child.ts');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const acksOf = (file: string): string => (existsSync(`${file}.acks`) ? readFileSync(`${file}.acks`, 'utf8') : '');

/** Resolves when the child of this run has its runtime open. */
function opened(file: string, run: string, died: Promise<unknown>): Promise<unknown> {
  const controller = new AbortController();
  const isOpen = (): boolean => acksOf(file).includes(`open ${run}\n`);
  const seen = new Promise<void>(resolve => {
    const watcher = watch(dirname(file), { signal: controller.signal }, () => {
      if (isOpen()) resolve();
    });
    watcher.on('error', () => {});
    if (isOpen()) resolve();
  });
  return Promise.race([seen, died]).finally(() => controller.abort());
}

/** Lets a child work for a random while after it has opened the file, or not even that long, and kills it. */
async function runAndKill(file: string, run: string, random: () => number): Promise<string> {
  const work = spawn(process.execPath, [child, file, run], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  work.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const died = new Promise(resolve => work.once('exit', resolve));
  const isEarly = run !== 'r0' && random() < 0.1;
  if (!isEarly) await opened(file, run, died);
  await sleep(random() * (isEarly ? 300 : 120));
  work.kill('SIGKILL');
  await died;
  return errors;
}

/** What the clients of all ledgers were told, against the ledgers' own order and against the rows that are there. */
function checkLedgers(file: string, rows: readonly string[]) {
  const history = readHistory<LedgerOp, LedgerReply>(readFileSync(`${file}.history`, 'utf8'));
  const order = checkLinearizable(history, ledgerModel);
  const log = checkPrefix(history, rows, { entry: ({ id }) => id });
  return { order, log };
}

describe('a process killed at a random moment', () => {
  it(
    `loses no accepted message, applies none twice and in the order clients saw, ${KILLS} times: P1, P2, K3, K22, H14`,
    { timeout: 300_000 },
    async () => {
      const file = join(folder, 'app.db');
      const seed = Number(process.env['TROUPE_SEED'] ?? Math.floor(Math.random() * 1e9));
      const random = seededRandom(seed);
      for (let kill = 0; kill < KILLS; kill++) {
        const errors = await runAndKill(file, `r${kill}`, random);
        expect(errors, `seed ${seed}, kill ${kill}`).toBe('');
        const database = new Database(file, { readonly: true });
        const damaged = database.pragma('quick_check(1)', { simple: true });
        const twice = database.prepare('select id from applied group by id, what having count(*) > 1').all();
        database.close();
        expect({ damaged, twice }, `seed ${seed}, kill ${kill}`).toEqual({ damaged: 'ok', twice: [] });
      }

      const runtime = await createRuntime(makeApp(), { database: file });
      const idle = new Promise<void>(resolve => {
        const look = (): void => {
          if (runtime.info().tasks === 0) resolve();
        };
        runtime.tap('idle', look);
      });
      await runtime.publish(Taken, { id: 'last', lane: 'last' });
      await idle;
      const ends = recordHistory<LedgerOp, LedgerReply>({ append: text => appendFileSync(`${file}.history`, text) });
      ends.crash();
      for (const ledger of ['0', '1', '2']) await append(runtime, ends, { id: `last-${ledger}`, ledger });
      const letters = runtime.deadLetters.list();
      await runtime.stop();

      const database = new Database(file, { readonly: true });
      const rows = database
        .prepare<[], { id: string; what: string }>('select id, what from applied order by rowid')
        .all();
      const sums = database
        .prepare(`select sum(data ->> 'count') from troupe_states where address like 'taker/%'`)
        .pluck();
      const applied = new Set(rows.map(({ id, what }) => `${what} ${id}`));
      const acked = acksOf(file)
        .split('\n')
        .filter(line => line !== '' && !line.startsWith('open'));
      const takes = rows.filter(({ what }) => what === 'take');
      const evidence = `seed ${seed}: ${acked.length} acknowledged, dead letters ${JSON.stringify(letters)}`;

      // On a slow machine a task may be killed from outside three times while it runs alone: that looks like poison,
      // and is no loss but a dead letter (P3, P6).
      const given = new Set(letters.map(({ data }) => `call ${(data as { id: string }).id}`));
      expect(
        acked.filter(line => !applied.has(line) && !given.has(line)),
        evidence,
      ).toEqual([]);
      expect(applied.size, evidence).toBe(rows.length);
      expect(
        takes.filter(({ id }) => !applied.has(`taken ${id}`)),
        evidence,
      ).toEqual([]);
      expect(sums.get(), evidence).toBe(takes.length);
      expect(
        letters.filter(({ reason, crashes }) => reason !== 'crashed' || crashes < 3),
        evidence,
      ).toEqual([]);
      expect(letters.length, evidence).toBeLessThan(3);
      expect(acked.length, evidence).toBeGreaterThan(KILLS);
      const entries = rows.filter(({ what }) => what === 'entry').map(({ id }) => id);
      const { order, log } = checkLedgers(file, entries);
      expect(order.verdict, `${evidence}\n${order.text}`).toBe('ok');
      expect(log.problems, evidence).toEqual([]);
      expect(log.acknowledged, evidence).toBeGreaterThan(KILLS / 2);
      database.close();
    },
  );
});
