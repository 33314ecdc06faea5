// Preloaded with `node --import`: makes `troupe` and its subpaths mean the TypeScript source, so nothing is built first.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { entries } from './entries.mjs';

const sources = new Map(entries().map(entry => [entry.name, pathToFileURL(entry.source).href]));

registerHooks({
  resolve(specifier, context, next) {
    const url = sources.get(specifier);
    return url === undefined ? next(specifier, context) : { url, format: 'module-typescript', shortCircuit: true };
  },
});
