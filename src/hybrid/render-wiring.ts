// renderWiring: the wiring graph as text for terminals and reviews, and as a Mermaid flowchart.
import { TroupeError } from '../runtime/errors.ts';
import { idOf, OUTSIDE } from './edges.ts';
import { assertWiring, type Observation } from './observed.ts';
import type { WiredEdge, Wiring } from './wiring.ts';

/** How a wiring is drawn: as lines, as a Mermaid flowchart, or as the JSON of a snapshot. */
export type WiringFormat = 'text' | 'mermaid' | 'json';

const ARROWS: Readonly<Record<WiredEdge['kind'], string>> = { event: '-.->', command: '-->', start: '==>' };
const WORDS: Readonly<Record<WiredEdge['kind'], string>> = { event: 'publishes', command: 'sends', start: 'starts' };
const UNEXPLAINED = 'stroke:#c0392b,stroke-width:3px';
const UNUSED = 'stroke:#aaaaaa';

/**
 * Renders what `app.graph()` returned; with an observation of `observe`, edges carry how often they were used, those
 * that were not are grey, and those the definitions do not have are red.
 *
 * @example
 * ```ts
 * console.log(renderWiring(app.graph(), 'mermaid'));
 * ```
 *
 * @throws TroupeError `invalid-options`
 */
export function renderWiring(wiring: Wiring, format: WiringFormat, observation?: Observation): string {
  assertWiring('renderWiring', wiring);
  switch (format) {
    case 'text':
      return linesOf(wiring, observation).join('\n');
    case 'mermaid':
      return new Flowchart(wiring, observation).render();
    case 'json':
      return `${JSON.stringify(wiring, undefined, 2)}\n`;
    default:
      throw new TroupeError('invalid-options', `There is no format '${String(format)}'. Use text, mermaid or json.`);
  }
}

function linesOf(wiring: Wiring, observation: Observation | undefined): readonly string[] {
  const { edges } = wiring;
  const effects = effectsOf(wiring).map(([part, effect]) => `${part} does ${effect}`);
  const used = new Map(observation?.used.map(edge => [idOf(edge), edge.count]));
  const lineOf = (edge: WiredEdge): string => {
    const { from, to, kind, type } = edge;
    const times = observation === undefined ? '' : `  ×${used.get(idOf(edge)) ?? 0}`;
    return kind === 'start' ? `${from} starts ${to}${times}` : `${from} ${WORDS[kind]} ${type} -> ${to}${times}`;
  };
  const unexplained = (observation?.unexplained ?? []).map(
    ({ from, to, kind, type, count }) => `! ${from} ${WORDS[kind]} ${type} -> ${to}  ×${count}, not declared`,
  );
  const monitors = wiring.monitors.map(({ name, start, outcomes }) => `${name}: ${start} -> ${outcomes.join(' | ')}`);
  return [...edges.map(lineOf), ...effects, ...monitors, ...unexplained];
}

/** Which part does which named effect, each pair once. */
function effectsOf({ actors, sagas }: Wiring): readonly (readonly [part: string, effect: string])[] {
  const done = [
    ...actors.flatMap(({ name, handlers }) => handlers.map(({ effects }) => ({ name, effects }))),
    ...sagas.flatMap(({ name, steps }) => steps.map(({ effects }) => ({ name, effects }))),
  ];
  const pairs = done.flatMap(({ name, effects }) => effects.map(effect => [name, effect] as const));
  return [...new Map(pairs.map(pair => [pair.join(' '), pair])).values()];
}

interface Look {
  readonly count: number | undefined;
  readonly style: string | undefined;
}

class Flowchart {
  readonly #wiring: Wiring;
  readonly #observation: Observation | undefined;
  readonly #ids = new Map<string, string>();
  readonly #links: string[] = [];
  readonly #styles: string[] = [];

  constructor(wiring: Wiring, observation: Observation | undefined) {
    this.#wiring = wiring;
    this.#observation = observation;
  }

  render(): string {
    const { modules, edges } = this.#wiring;
    const outside = this.#partsOf(undefined);
    const lines = [
      ...outside,
      ...modules.flatMap(({ name }) => [
        `subgraph ${this.#id(`module ${name}`)}["${escape(name)}"]`,
        ...this.#partsOf(name).map(indent),
        'end',
      ]),
      ...this.#others(),
    ];
    const used = new Map(this.#observation?.used.map(edge => [idOf(edge), edge.count]));
    for (const edge of edges) {
      const count = used.get(idOf(edge));
      this.#link(edge, { count, style: this.#observation && count === undefined ? UNUSED : undefined });
    }
    for (const edge of this.#observation?.unexplained ?? []) {
      this.#link(edge, { count: edge.count, style: UNEXPLAINED });
    }
    for (const [part, effect] of effectsOf(this.#wiring)) {
      lines.push(`${this.#id(`effect ${effect}`)}>"${escape(effect)}"]`);
      this.#links.push(`${this.#id(part)} --o ${this.#id(`effect ${effect}`)}`);
    }
    return ['flowchart LR', ...[...lines, ...this.#links, ...this.#styles].map(indent)].join('\n');
  }

  /** Actors are boxes, sagas hexagons. */
  #partsOf(module: string | undefined): readonly string[] {
    const { actors, sagas } = this.#wiring;
    const isHere = (part: { readonly module: string | undefined }): boolean => part.module === module;
    return [
      ...actors.filter(isHere).map(({ name }) => `${this.#id(name)}["${escape(name)}"]`),
      ...sagas.filter(isHere).map(({ name }) => `${this.#id(name)}{{"${escape(name)}"}}`),
    ];
  }

  /** Schedules, and what is outside. */
  #others(): readonly string[] {
    const ends = new Set(this.#wiring.edges.flatMap(({ from, to }) => [from, to]));
    return [...ends]
      .filter(end => end === OUTSIDE || end.startsWith('schedule '))
      .map(end => `${this.#id(end)}(["${escape(end)}"])`);
  }

  #link({ from, to, kind, type }: WiredEdge, { count, style }: Look): void {
    const label = kind === 'start' ? '' : `|"${escape(type)}${count === undefined ? '' : ` ×${count}`}"|`;
    if (style !== undefined) this.#styles.push(`linkStyle ${this.#links.length} ${style}`);
    this.#links.push(`${this.#id(from)} ${ARROWS[kind]}${label} ${this.#id(to)}`);
  }

  #id(name: string): string {
    const id = this.#ids.get(name) ?? `n${this.#ids.size}`;
    this.#ids.set(name, id);
    return id;
  }
}

const indent = (line: string): string => `  ${line}`;

/** `#` begins an entity, quotes end the text. */
const escape = (text: string): string => text.replaceAll(/["#<>&]/g, char => `#${char.codePointAt(0)};`);
