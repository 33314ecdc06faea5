// Opens copies of the databases that older versions have written, with the code of today.
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SCHEMA_VERSION } from '../../src/runtime/store/schema.ts';
import { checkout, payments, shipping, stock } from '../sagas/checkout.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { VirtualPlatform } from '../support/virtual-platform.ts';
import { app, Print } from './app.ts';

/** When the last of them was written, with a minute to spare. */
const AFTERWARDS = 1_800_000_060_000;

const files = readdirSync(import.meta.dirname).filter(name => name.endsWith('.sqlite'));
let folder = '';
let at: Launched;

it('has a database of every older schema', () => {
  expect(files.length).toBeGreaterThanOrEqual(SCHEMA_VERSION - 1);
});

describe.each(files)('%s', file => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'troupe-golden-'));
    const copy = join(folder, 'app.db');
    copyFileSync(join(import.meta.dirname, file), copy);
    at = await launch(app, { database: copy, platform: new VirtualPlatform({ startMs: AFTERWARDS }) });
  });

  afterEach(async () => {
    const stopped = at.runtime.stop({ grace: 0 });
    await at.platform.advance(1);
    await stopped;
    rmSync(folder, { recursive: true });
  });

  it('keeps the states of actors and the dead letters', () => {
    expect(at.runtime.state(payments, 'done')).toEqual({ charged: 4200, refunded: 0 });
    expect(at.runtime.state(payments, 'lost')).toEqual({ charged: 4200, refunded: 4200 });
    expect(at.runtime.state(stock)).toEqual({ reserved: 3, released: 1 });
    expect(at.runtime.deadLetters.list().map(({ address, type }) => `${address} ${type}`)).toEqual([
      `${shipping.name}/lost shipping.ship`,
    ]);
  });

  it('knows the sagas that have ended and the one that waits', () => {
    expect(at.runtime.sagas.get(checkout, 'done')?.status).toBe('done');
    expect(at.runtime.sagas.get(checkout, 'lost')?.status).toBe('compensated');
    expect(at.runtime.sagas.get(checkout, 'waiting')?.status).toBe('running');
    expect(at.runtime.sagas.get(checkout, 'waiting')?.matches('paying')).toBe(true);
    expect(at.runtime.why(checkout, 'waiting').text).toContain('patience');
    expect(at.runtime.why(payments, 'waiting').status).toBe('blocked');
  });

  it('goes on with what was accepted', async () => {
    await at.settled();

    expect(at.runtime.sagas.get(checkout, 'accepted')?.status).toBe('done');
    expect(at.runtime.info().runningTasks).toBe(1);
  });

  it('finishes the saga that waits, in whatever way it goes on', async () => {
    await at.run(at.runtime.resume(payments, { key: 'waiting' }));

    expect(at.runtime.sagas.get(checkout, 'waiting')).toMatchObject({ status: 'done', state: 'confirmed', timers: [] });
    expect(at.store.timers.of(checkout.name, 'waiting')).toEqual([]);
  });

  it('fires the timers of the saga that waits', async () => {
    await at.platform.advance(86_400_000);
    expect(at.runtime.sagas.get(checkout, 'waiting')).toMatchObject({ status: 'running', state: 'rejected' });

    await at.run(at.runtime.resume(payments, { key: 'waiting' }));

    expect(at.runtime.sagas.get(checkout, 'waiting')).toMatchObject({
      status: 'compensated',
      context: { why: 'fault' },
    });
  });

  it('still knows the keys of commands', async () => {
    const again = await at.run(at.runtime.send(Print, { key: 'a', n: 1 }, { idempotencyKey: 'print-a' }));

    expect(again.duplicate).toBe(true);
    expect(at.runtime.info().tasks).toBe(1);
  });
});
