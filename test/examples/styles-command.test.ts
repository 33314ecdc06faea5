// `npm run styles`: its table, and the figures in it that do not depend on the machine.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/entries.mjs';

const ORDERS = 20;
const MINUTE = 60_000;

function runStyles(...args: readonly string[]) {
  const from = pathToFileURL(join(root, 'scripts/from-source.mjs')).href;
  const file = join(root, 'examples/styles/main.ts');
  const env = { ...process.env, NODE_OPTIONS: '' };
  return spawnSync(process.execPath, ['--import', from, file, ...args], { encoding: 'utf8', env, timeout: 50_000 });
}

/** The columns of the table, without ratios. */
const STYLES = ['choreographed', 'hybrid', 'orchestrated'] as const;

function rowOf(
  table: string,
  name: string,
): { readonly figures: readonly number[]; readonly ratios: readonly number[] } {
  const line = table.split('\n').find(one => one.startsWith(name)) ?? '';
  const cells = line.slice(name.length).trim().split(/ {2,}/);
  const toNumber = (cell: string): number => Number(cell.replaceAll(/[x, ]/g, ''));
  return {
    figures: cells.filter(cell => !cell.startsWith('x')).map(toNumber),
    ratios: cells.filter(cell => cell.startsWith('x')).map(toNumber),
  };
}

describe('npm run styles', () => {
  let stdout = '';
  beforeAll(() => {
    const run = runStyles('--orders', String(ORDERS), '--rounds', '1');
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    stdout = run.stdout;
  }, MINUTE);

  it('says what was run, on what, and how durable an outcome is', () => {
    expect(stdout.split('\n')[0]).toBe(`npm run styles -- --orders ${ORDERS} --rounds 1`);
    expect(stdout).toContain(`${ORDERS} orders of Northwind`);
    expect(stdout).toContain(`synchronous=FULL, durability 'full'`);
    expect(stdout).toContain(`Node.js ${process.versions.node}`);
    expect(stdout).toMatch(/^one fsynced commit of one row: p50 \d+\.\d+ ms/m);
  });

  it('shows the styles side by side, the others with their ratio to the choreographed one', () => {
    const lines = stdout.split('\n').slice(2, 11);
    expect(lines[0]?.trim().split(/ +/)).toEqual(STYLES);
    for (const line of lines.slice(1)) expect(line).toMatch(/^\D.*\d +[\d.,]+ +x [\d.]+ +[\d.,]+ +x [\d.]+$/);
  });

  it('counts the messages that the definitions lead one to expect', () => {
    // placed, reserved, charged, shipped; a command and its reply for each of three steps, and two more for the tale.
    const [facts, steps, tale] = [4, 3, 2];
    const conducted = 1 + 2 * steps + 1;

    expect(rowOf(stdout, 'hops from the order to its outcome')).toEqual({
      figures: [facts - 1, conducted - 1, conducted - 1],
      ratios: [2.33, 2.33],
    });
    expect(rowOf(stdout, 'hops to the last message').figures).toEqual([facts - 1, conducted - 1, conducted]);
    expect(rowOf(stdout, 'messages between services').figures).toEqual([facts, conducted, conducted + 2 * tale]);
  });

  it('counts the turns that the definitions lead one to expect', () => {
    // A task takes two turns: one that starts it, and one that ends it.
    const [stock, payments, shipping, mail, statistics] = [1, 2, 1, 2, 1];
    const services = stock + payments + shipping + mail + statistics;
    const clearing = 1;
    const saga = 1 + 3;

    expect(rowOf(stdout, 'turns of an order').figures).toEqual([
      services + clearing,
      services + saga,
      services + saga + 2,
    ]);
  });

  it('is quoted in docs/choosing.md, with the figures that every machine gives', () => {
    const page = readFileSync(join(root, 'docs/choosing.md'), 'utf8');
    const quoted = /^npm run styles$[\s\S]*?^```$/m.exec(page)?.[0] ?? '';

    for (const name of [
      'hops from the order to its outcome',
      'hops to the last message',
      'messages between services',
    ]) {
      expect(rowOf(quoted, name)).toEqual(rowOf(stdout, name));
    }
    expect(rowOf(quoted, 'turns of an order')).toEqual(rowOf(stdout, 'turns of an order'));
    const names = (table: string): readonly string[] =>
      table
        .split('\n')
        .slice(2, 11)
        .map(line => line.split(/ {2,}/)[0] ?? '');
    expect(names(quoted)).toEqual(names(stdout));
  });

  it('prints the same as one object', { timeout: MINUTE }, () => {
    const { stdout } = runStyles('--orders', '5', '--rounds', '1', '--json');
    const { orders, styles } = JSON.parse(stdout) as { orders: number; styles: Record<string, { perSecond: number }> };

    expect(orders).toBe(5);
    expect(Object.keys(styles)).toEqual(STYLES);
    for (const { perSecond } of Object.values(styles)) expect(perSecond).toBeGreaterThan(0);
  });

  it('refuses what is no number of orders', { timeout: MINUTE }, () => {
    const { stderr, status } = runStyles('--orders', 'many');

    expect(status).toBe(1);
    expect(stderr).toContain("--orders takes a whole number from 1, and not 'many'");
  });
});
