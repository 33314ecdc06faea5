// Which documents of the SCXML test framework are played, and why the others are not.
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { convert } from './converter.ts';

/** Events, and what is active before the first and after each. */
export interface Script {
  readonly initialConfiguration: readonly string[];
  readonly events: readonly {
    readonly after?: number;
    readonly event: { readonly name: string };
    readonly nextConfiguration: readonly string[];
  }[];
}

export interface Case {
  /** Folder and file: `history/history0`. */
  readonly name: string;
  /** Whether XState runs the case in its own repository. */
  readonly isEnabledInXState: boolean;
  /** Makes the machine anew; with a latency, events to itself and to its children take that long. */
  readonly makeMachine: (latencyMs?: number) => AnyStateMachine;
  /** None: the document judges itself, and ends in `pass` or in another state. */
  readonly script: Script | undefined;
}

const w3c = 'w3c-ecma';
const require = createRequire(import.meta.url);
const framework = join(dirname(require.resolve('@scion-scxml/test-framework/package.json')), 'test');

/** What packages/core/test/scxml.test.ts of statelyai/xstate enables (version 5): whole folders, and files of one. */
const enabledFolders: ReadonlySet<string> = new Set([
  'actionSend',
  'assign-current-small-step',
  'basic',
  'cond-js',
  'default-initial-state',
  'delayedSend',
  'documentOrder',
  'hierarchy',
  'hierarchy+documentOrder',
  'history',
  'if-else',
  'in',
  'internal-transitions',
  'more-parallel',
  'multiple-events-per-transition',
  'parallel',
  'parallel+interrupt',
  'targetless-transition',
]);
const enabledFiles: ReadonlySet<string> = names(
  w3c,
  `144 147 148 149 158 172 173 174 175 176 185 186 187 189 190 191 192 193 200 201 205 208 220 232 235 237 247 287 318
  333 335 336 337 339 342 347 348 349 355 372 375 377 387 396 399 403a 403b 403c 404 405 406 407 416 417 419 421 423 445
  449 453 495 503 504 505 560 570`,
);

export interface Exclusion {
  readonly reason: string;
  readonly names: ReadonlySet<string>;
  /** What the error says where no machine can be made. */
  readonly refusal?: string;
}

/** The documents that are not played. */
export const exclusions: readonly Exclusion[] = [
  { reason: 'other documents invoke it', names: names(w3c, '216sub1 226sub1 239sub1 242sub1 276sub1') },
  { reason: 'it has to be refused', names: names(w3c, '301'), refusal: 'ENOENT' },
  { reason: 'a person has to judge its log', names: names(w3c, '178 250 307 415') },
  { reason: 'it needs the event processor for HTTP', names: names(w3c, '509 510 518 519 520 522 531 532 534 567 577') },
  { reason: 'it needs line and column in an error', names: new Set(['error/error']) },
  { reason: 'it needs a DOM', names: names(w3c, '530 557 561'), refusal: 'XML as a value' },
  {
    reason: 'it computes what it invokes',
    names: names(w3c, '215 216'),
    refusal: 'an invocation that is computed',
  },
  { reason: 'XState has no autoforward', names: names(w3c, '229 230'), refusal: '<invoke autoforward>' },
  { reason: 'XState has no finalize', names: names(w3c, '233 234'), refusal: '<finalize>' },
  {
    reason: 'XState runs no content when it enters a history state',
    names: names(w3c, '579'),
    refusal: 'content in the default transition',
  },
  { reason: 'XState raises no event when a guard throws', names: names(w3c, '344') },
  { reason: 'XState fails when the input of an invocation throws', names: names(w3c, '554') },
  { reason: 'XState changes the active states at the end of a microstep', names: names(w3c, '409 411') },
];

/** Cases that the durable step refuses, because a stored session is JSON: each with what is not. */
export const losses: ReadonlyMap<string, string> = new Map([
  ['w3c-ecma/test452', 'a variable holds an instance of a class'],
  ['w3c-ecma/test453', 'a variable holds a function'],
]);

/** All documents of the framework. */
export const documents: readonly string[] = globSync('*/*.scxml', { cwd: framework })
  .map(path => path.replace(/(?:\.txml)?\.scxml$/, '').replaceAll('\\', '/'))
  .toSorted();

export const cases: readonly Case[] = documents
  .filter(name => !exclusions.some(exclusion => exclusion.names.has(name)))
  .map(name => toCase(name));

export function makeMachineOf(name: string): Case['makeMachine'] {
  const path = pathOf(name);
  const source = readFileSync(`${path}.scxml`, 'utf8');
  const load = (file: string): string => readFileSync(join(dirname(path), file.replace(/^file:/, '')), 'utf8');
  return (latencyMs = 0) => convert(source, { load, latencyMs });
}

function toCase(name: string): Case {
  const [folder = ''] = name.split('/');
  return {
    name,
    isEnabledInXState: enabledFolders.has(folder) || enabledFiles.has(name),
    makeMachine: makeMachineOf(name),
    script: folder === w3c ? undefined : (JSON.parse(readFileSync(`${pathOf(name)}.json`, 'utf8')) as Script),
  };
}

function pathOf(name: string): string {
  const path = join(framework, name);
  return name.startsWith(w3c) && !/sub\d$/.test(name) ? `${path}.txml` : path;
}

function names(folder: string, numbers: string): ReadonlySet<string> {
  return new Set(
    numbers
      .trim()
      .split(/\s+/)
      .map(number => `${folder}/test${number}`),
  );
}
