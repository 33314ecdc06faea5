// Seam: a module, the rest of its app, and the look-ups that tell what is on which side.
import type { HandlerDefinition } from '../actors/actor.ts';
import { ownersOf, type Place } from './boundaries.ts';
import { actorsOf, type Definitions } from './definitions.ts';
import { moduleReport, type ModuleReport, type SeamContract } from './module-report.ts';
import { wiringOf } from './wire.ts';
import type { WiredHandler, Wiring } from './wiring.ts';

/** The stable name of a kind of change. */
export type ExtractCode =
  | 'shared-database'
  | 'own-tables'
  | 'edge-calls'
  | 'ask-across-seam'
  | 'wait-across-seam'
  | 'deferred-reply'
  | 'child-saga-across-seam'
  | 'claim-across-seam'
  | 'shared-effect'
  | 'schedule-across-seam'
  | 'monitor-across-seam'
  | 'pattern-across-seam'
  | 'replay-across-seam'
  | 'single-instance'
  | 'no-json-schema';

/** One thing that works because everything is in one process, and would have to change. */
export interface ExtractChange {
  readonly code: ExtractCode;
  /** A contract, an effect, a part. */
  readonly what: string;
  /** The parts and handlers it is about. */
  readonly where: readonly string[];
  readonly why: string;
  readonly fix: string;
}

/** A module and what is on the other side of its seam. */
export class Seam {
  readonly app: Definitions;
  readonly module: string;
  readonly report: ModuleReport;
  readonly wiring: Wiring;
  /** What would travel, by type. */
  readonly crossing: ReadonlyMap<string, SeamContract>;
  readonly #owners: ReadonlyMap<string, Place>;

  constructor(app: Definitions, module: string) {
    this.app = app;
    this.module = module;
    this.report = moduleReport(app, module);
    this.wiring = wiringOf(app);
    this.#owners = ownersOf(app);
    this.crossing = new Map(this.report.seam.map(contract => [contract.type, contract]));
  }

  /** Every handler with its definition. */
  handlers(): readonly (readonly [WiredHandler, HandlerDefinition])[] {
    return actorsOf(this.app).flatMap(({ part }) => {
      const wired = this.wiring.actors.find(({ name }) => name === part.name)?.handlers ?? [];
      return wired.flatMap((handler, index) => {
        const definition = part.handlers[index];
        return definition ? [[handler, definition] as const] : [];
      });
    });
  }

  isInside(part: string): boolean {
    return this.report.actors.includes(part) || this.report.sagas.includes(part);
  }

  isAcross(user: Place, owner: Place | undefined): boolean {
    return owner !== undefined && this.isInside(user.part) !== this.isInside(owner.part);
  }

  owns(part: string, type: string): boolean {
    return this.wiring.actors.some(
      ({ name, handlers }) => name === part && handlers.some(({ takes }) => takes.includes(type)),
    );
  }

  crosses(type: string, sender: string): boolean {
    const isOwnerInside = this.isOwnerInside(type);
    return isOwnerInside !== undefined && isOwnerInside !== this.isInside(sender);
  }

  /**
   * On which side an event enters a log: that of its owner; of one from outside, that of who handles it, and undefined
   * where both sides do or nobody does.
   */
  isLoggedInside(type: string): boolean | undefined {
    const takers = this.wiring.actors.flatMap(({ name, handlers }) =>
      handlers.some(({ takes, pattern }) => pattern === undefined && takes.includes(type)) ? [name] : [],
    );
    const sagas = this.wiring.sagas.filter(({ takes }) => takes.some(taken => taken.type === type));
    const sides = new Set([...takers, ...sagas.map(({ name }) => name)].map(name => this.isInside(name)));
    const [side] = sides;
    return this.isOwnerInside(type) ?? (sides.size === 1 ? side : undefined);
  }

  /** Undefined where no definition owns it. */
  isOwnerInside(type: string): boolean | undefined {
    const owner = this.#owners.get(type);
    return owner && this.isInside(owner.part);
  }
}
