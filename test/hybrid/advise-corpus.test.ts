// The advice on every correct app of the corpus, as a golden file; its evidence names what the wiring has.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { advise, renderAdvice, type App } from '../../src/index.ts';

interface Entry {
  readonly name: string;
  readonly app: App;
}

const folder = new URL('corpus/correct/', import.meta.url);
const apps: readonly Entry[] = await Promise.all(
  readdirSync(folder)
    .toSorted()
    .map(async file => {
      const { app } = (await import(new URL(file, folder).href)) as { readonly app: App };
      return { name: file.replace('.ts', ''), app };
    }),
);

describe('advise, on the corpus', () => {
  it('gives the advice of the golden file', async () => {
    const text = apps.map(({ name, app }) => `## ${name}\n\n${renderAdvice(advise(app))}\n`).join('\n');
    await expect(text).toMatchFileSnapshot('advice.golden.md');
  });

  it.each(apps)('shows evidence for every signal: $name', ({ app }) => {
    const wiring = JSON.stringify(app.graph());
    for (const { signals, confidence, flow } of advise(app)) {
      expect(confidence).toBeGreaterThanOrEqual(0);
      expect(confidence).toBeLessThanOrEqual(1);
      expect(wiring).toContain(`"${flow}"`);
      for (const { evidence } of signals) expect(evidence.length).toBeGreaterThan(0);
    }
  });
});
