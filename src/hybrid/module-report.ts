// describeModules: what each module gives and needs, and the seam along which it could be split off.
import { asksOf, ownersOf, usesOf, type PartUse } from './boundaries.ts';
import { actorsOf, assertApp, sagasOf, type Definitions } from './definitions.ts';
import { OUTSIDE, partOf } from './edges.ts';
import { contractsOf } from './contracts-of.ts';
import { wiringOf } from './wire.ts';
import type { WiredContract, WiredHandler } from './wiring.ts';

/** A contract of another part that a module uses. */
export interface ModuleNeed {
  /** A contract, or the name of a saga. */
  readonly what: string;
  readonly kind: 'event' | 'command' | 'saga';
  /** The module that owns it, the part where that is in none, or `outside` where no definition publishes it. */
  readonly from: string;
  /** The parts of the module that use it. */
  readonly by: readonly string[];
}

/** A contract that would travel between two processes if the module were split off. */
export interface SeamContract {
  readonly type: string;
  readonly kind: 'event' | 'command';
  readonly direction: 'in' | 'out';
  /** The parts of the module at this end. */
  readonly inside: readonly string[];
  /** The parts at the other end; `outside`: what calls the runtime. */
  readonly others: readonly string[];
}

/** What a module gives, needs and hides. */
export interface ModuleReport {
  readonly name: string;
  readonly actors: readonly string[];
  readonly sagas: readonly string[];
  /** Events its parts declare. */
  readonly publishes: readonly string[];
  /** Commands its parts own. */
  readonly handles: readonly string[];
  readonly exposes: readonly string[];
  /** What it publishes and handles and does not expose. */
  readonly private: readonly string[];
  readonly needs: readonly ModuleNeed[];
  /** The parts that write tables of the application. */
  readonly sql: readonly string[];
  readonly seam: readonly SeamContract[];
}

/**
 * Describes the modules of an app, from its definitions alone.
 *
 * @example
 * ```ts
 * console.log(renderModules(describeModules(app)));
 * ```
 *
 * @throws TroupeError `invalid-options`
 */
export function describeModules(app: Definitions): readonly ModuleReport[] {
  assertApp('describeModules', app);
  return app.modules.map(({ name }) => moduleReport(app, name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** One of them. The name must be that of a module of the app. */
export function moduleReport(app: Definitions, name: string): ModuleReport {
  const actors = actorsOf(app).filter(({ module }) => module === name);
  const sagas = sagasOf(app).filter(({ module }) => module === name);
  const contracts = contractsOf(app);
  const owned = [...ownersOf(app)].filter(([, { module }]) => module === name).map(([type]) => type);
  const exposes = sorted(app.modules.find(module => module.name === name)?.exposes.map(({ type }) => type) ?? []);
  const ofKind = (kind: 'event' | 'command'): readonly string[] =>
    sorted(owned.filter(type => contracts.get(type)?.kind === kind));
  return {
    name,
    actors: sorted(actors.map(({ part }) => part.name)),
    sagas: sorted(sagas.map(({ part }) => part.name)),
    publishes: ofKind('event'),
    handles: ofKind('command'),
    exposes,
    private: sorted(owned.filter(type => !exposes.includes(type))),
    needs: needsOf(app, name),
    sql: sorted(
      [...actors, ...sagas].filter(({ part }) => part.options.sql !== undefined).map(({ part }) => part.name),
    ),
    seam: seamOf(app, name),
  };
}

function needsOf(app: Definitions, name: string): readonly ModuleNeed[] {
  const uses = [...usesOf(app), ...asksOf(app)].filter(
    ({ user, owner }) => user.module === name && owner?.module !== name,
  );
  const needs = new Map<string, ModuleNeed>();
  for (const { user, kind, what, owner } of uses) {
    const by = sorted([...(needs.get(what)?.by ?? []), user.part]);
    needs.set(what, { what, kind, from: sourceOf(owner), by });
  }
  return [...needs.values()].toSorted((a, b) => (a.what < b.what ? -1 : 1));
}

const sourceOf = (owner: PartUse['owner']): string => owner?.module ?? owner?.part ?? OUTSIDE;

/** The contracts between the parts of a module and everything else. */
function seamOf(app: Definitions, name: string): readonly SeamContract[] {
  const wiring = wiringOf(app);
  const inside = new Set(
    [...wiring.actors, ...wiring.sagas].filter(({ module }) => module === name).map(part => part.name),
  );
  const handlers = new Map(wiring.actors.flatMap(actor => actor.handlers).map(handler => [handler.id, handler]));
  const exposed = new Set(wiring.modules.flatMap(({ exposes }) => exposes));
  const contracts = wiring.contracts.filter(({ type }) => !type.startsWith('troupe.'));
  return contracts.flatMap(contract => {
    const from = contract.from.length === 0 ? [OUTSIDE] : sorted(contract.from.map(partOf));
    const to = sorted(takersOf(contract, handlers, exposed).map(partOf));
    const of = (parts: readonly string[], isInside: boolean): readonly string[] =>
      parts.filter(part => inside.has(part) === isInside);
    const { type, kind } = contract;
    const ends = [
      { direction: 'in', inside: of(to, true), others: of(from, false) },
      { direction: 'out', inside: of(from, true), others: of(to, false) },
    ] as const;
    return ends
      .filter(end => end.inside.length > 0 && end.others.length > 0)
      .map((end): SeamContract => ({ type, kind, ...end }));
  });
}

/** Who subscribes to a pattern sees the private events of others as long as they are in one process, and no longer. */
function takersOf(
  { type, to, module }: WiredContract,
  handlers: ReadonlyMap<string, WiredHandler>,
  exposed: ReadonlySet<string>,
): readonly string[] {
  if (module === undefined || exposed.has(type)) return to;
  return to.filter(id => handlers.get(id)?.pattern === undefined);
}

/** Renders what `describeModules` returned as text. */
export function renderModules(reports: readonly ModuleReport[]): string {
  return reports.map(report => linesOf(report).join('\n')).join('\n\n');
}

function linesOf(report: ModuleReport): readonly string[] {
  const { name, actors, sagas, publishes, handles, needs, sql, seam } = report;
  const hidden = new Set(report.private);
  const mark = (types: readonly string[]): readonly string[] =>
    types.map(type => (hidden.has(type) ? `${type} (private)` : type));
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['parts', [...actors, ...sagas]],
    ['publishes', mark(publishes)],
    ['handles', mark(handles)],
    ['needs', needs.map(({ what, from }) => `${what} from ${from}`)],
    ['tables', sql.map(part => `written by ${part}`)],
    ['seam in', seam.filter(({ direction }) => direction === 'in').map(seamText)],
    ['seam out', seam.filter(({ direction }) => direction === 'out').map(seamText)],
  ];
  return [
    `module ${name}`,
    ...rows.filter(([, list]) => list.length > 0).map(([row, list]) => `  ${row}: ${list.join(', ')}`),
  ];
}

const seamText = ({ type, direction, others }: SeamContract): string =>
  `${type} ${direction === 'in' ? 'from' : 'to'} ${others.join(' and ')}`;

const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].toSorted();
