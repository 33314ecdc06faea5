// Waivers: which findings the definitions of an app allow, and which of these exceptions match nothing.
import type { Waiver } from '../runtime/message/waiver.ts';
import { CHECK_RULES } from './codes.ts';
import { actorsOf, sagasOf, type Definitions } from './definitions.ts';
import type { CheckFinding, WaivedFinding } from './finding.ts';
import type { Found } from './rules/rule.ts';

/** A waiver in its place. */
interface Allowed {
  readonly waiver: Waiver;
  /** The definition that has it: a name, or `app`. */
  readonly by: string;
  /** The parts whose findings it may waive; undefined: those of all. */
  readonly of: ReadonlySet<string> | undefined;
}

const APP = 'app';
const CODES: ReadonlySet<string> = new Set(CHECK_RULES.map(({ code }) => code));

export class Waivers {
  readonly #all: readonly Allowed[];
  readonly #used = new Set<Waiver>();

  constructor(definitions: Definitions) {
    const parts = [...actorsOf(definitions), ...sagasOf(definitions)].map(({ part }) => part);
    this.#all = [
      ...parts.flatMap(({ name, options }) => place(options.allow, name, new Set([name]))),
      ...definitions.modules.flatMap(({ name, actors, sagas, allow }) =>
        place(allow, name, new Set([name, ...[...actors, ...sagas].map(part => part.name)])),
      ),
      ...place(definitions.allow, APP, undefined),
    ];
  }

  /** The finding with the first waiver that matches it. */
  waive(finding: CheckFinding): WaivedFinding | undefined {
    const matching = this.#all.filter(({ waiver: { code, about }, of }) => {
      if (code !== finding.code || (of && !finding.parts.some(part => of.has(part)))) return false;
      return about === undefined || finding.about.includes(about) || finding.parts.includes(about);
    });
    for (const { waiver } of matching) this.#used.add(waiver);
    const [first] = matching;
    return first && { ...finding, waiver: first.waiver, by: first.by };
  }

  /** One finding for every waiver that has matched nothing; `isOff` tells codes nobody has looked for. */
  *unused(isOff: (code: string) => boolean): Iterable<Found> {
    for (const { waiver, by, of } of this.#all) {
      if (this.#used.has(waiver) || isOff(waiver.code)) continue;
      const found = CODES.has(waiver.code) ? 'and nothing of that kind was found' : 'which no rule has';
      const about = waiver.about === undefined ? '' : ` about ${waiver.about}`;
      yield {
        code: 'TR190',
        problem: `${by === APP ? 'The app' : by} allows ${waiver.code}${about}, ${found}.`,
        way: [{ at: by, does: 'allows', what: waiver.code }],
        parts: of ? [by] : [],
        about: [waiver.code],
      };
    }
  }
}

const place = (waivers: readonly Waiver[] = [], by: string, of: ReadonlySet<string> | undefined): readonly Allowed[] =>
  waivers.map(waiver => ({ waiver, by, of }));
