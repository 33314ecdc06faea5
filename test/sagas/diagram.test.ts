// Diagrams of machines, compared to the character and held to the grammar of Mermaid that they rely on.
import fc from 'fast-check';
import { and, assign, createMachine, fromPromise, not, setup, stateIn, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { drawMachine, type DrawOptions } from '../../src/sagas/diagram.ts';
import { machine as checkout } from './checkout.ts';

/** No quote and no semicolon but that of an entity, and no marks that Mermaid or Markdown would act on. */
const label = String.raw`(?:#\d+;|[\p{L}\p{M}\p{N} .,_()[\]/-])+`;
const statements = [
  `state "${label}" as \\w+(?: \\{)?`,
  `\\w+ : ${label}`,
  `\\w+ --> \\w+(?: : ${label})?`,
  '\\[\\*\\] --> \\w+',
  '\\w+ --> \\[\\*\\]',
  '--',
  '\\}',
  'classDef \\w+ [\\w:#,. -]+',
  'class \\w+(?:,\\w+)* \\w+',
].map(statement => new RegExp(`^${statement}$`, 'u'));
/** Words that begin statements, name the diagram, name what `[*]` stands for, or break the layout. */
const noId = /^(?:as|class|classDef|click|default|href|note|root|scale|state|style|constructor|\w+_(?:start|end))$/i;

/** The statements of a diagram without indentation, each of them one that Mermaid takes. */
function draw(machine: AnyStateMachine, options?: DrawOptions): string[] {
  const [first, ...indented] = drawMachine(machine, options).split('\n');
  const lines = indented.map(line => line.trim());
  const ids = lines.flatMap(line => /^state ".*" as (\w+)/.exec(line)?.[1] ?? []);
  const ends = lines.flatMap(line => /^(\S+) --> (\S+)/.exec(line)?.slice(1) ?? []);
  expect(first).toBe('stateDiagram-v2');
  expect(lines.filter(line => !statements.some(statement => statement.test(line)))).toEqual([]);
  expect(lines.filter(line => /direction\s+(?:tb|bt|lr|rl)/i.test(line))).toEqual([]);
  expect(lines.filter(line => line.endsWith('{'))).toHaveLength(lines.filter(line => line === '}').length);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter(id => noId.test(id))).toEqual([]);
  expect(ends.filter(end => end !== '[*]' && !ids.includes(end))).toEqual([]);
  return lines;
}

const read = (escaped: string): string =>
  escaped.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
const text = (block: string): string => block.replace(/^\n/, '').trimEnd();

/** Packs beside an alarm, and goes on where it was paused. */
const delivery = setup({
  types: {} as { tags: 'loud'; context: { moves: number } },
  guards: { isFragile: () => true, isAbove: (_, limit: { cents: number }) => limit.cents > 1 },
  delays: { patience: 60_000 },
  actors: { siren: fromPromise(async () => {}) },
}).createMachine({
  id: 'delivery',
  type: 'parallel',
  context: { moves: 0 },
  states: {
    parcel: {
      initial: 'packing',
      on: {
        'parcel.lost': '.searching',
        'parcel.moved': { actions: assign({ moves: ({ context }) => context.moves + 1 }) },
      },
      states: {
        packing: {
          initial: 'boxing',
          on: { pause: 'paused' },
          onDone: 'sent',
          states: {
            boxing: {
              on: {
                boxed: [
                  { guard: 'isFragile', target: 'padding' },
                  { guard: { type: 'isAbove', params: { cents: 100 } }, target: 'sealed' },
                ],
              },
            },
            padding: { always: { guard: and(['isFragile', not(stateIn('#alarm'))]), target: 'sealed' } },
            sealed: { type: 'final' },
            recent: { type: 'history' },
            exact: { type: 'history', history: 'deep', target: 'padding' },
          },
        },
        paused: { on: { resume: 'packing.recent', continue: 'packing.exact', pause: undefined } },
        searching: { after: { patience: 'packing', 5000: { target: 'searching', reenter: true } } },
        sent: { type: 'final' },
      },
    },
    alarm: { id: 'alarm', tags: 'loud', invoke: { src: 'siren', onError: { actions: assign({ moves: 0 }) } } },
  },
});

describe('drawMachine', () => {
  it('draws regions, invoked steps, ends, and what may happen in any state', () => {
    draw(checkout);
    expect(drawMachine(checkout)).toBe(
      text(`
stateDiagram-v2
  state "checkout" as checkout {
    [*] --> paying
    any --> rejected : order.cancelled
    any --> rejected : after patience
    paying --> shipping : done
    shipping --> confirmed : done
    shipping --> rejected : error
    confirmed --> [*]
    rejected --> [*]
    state "any state" as any
    state "paying" as paying {
      state "money" as paying_money {
        [*] --> paying_money_asking
        paying_money_asking --> paying_money_charged : done
        paying_money_charged --> [*]
        state "asking" as paying_money_asking
        paying_money_asking : invoke charge
        state "charged" as paying_money_charged
      }
      --
      state "goods" as paying_goods {
        [*] --> paying_goods_asking
        paying_goods_asking --> paying_goods_reserved : done
        paying_goods_reserved --> [*]
        state "asking" as paying_goods_asking
        paying_goods_asking : invoke reserve
        state "reserved" as paying_goods_reserved
      }
    }
    state "shipping" as shipping
    shipping : invoke ship
    state "confirmed" as confirmed
    state "rejected" as rejected
    rejected : tag compensate
  }
  paying_money_asking --> rejected : error
  paying_goods_asking --> rejected : error
  classDef any fill:none,stroke-dasharray:4 4
  class any any
`),
    );
  });

  it('draws history, guards, delays, tags and events at which a state stays', () => {
    draw(delivery);
    expect(drawMachine(delivery)).toBe(
      text(`
stateDiagram-v2
  state "delivery" as delivery {
    [*] --> parcel_packing
    state "parcel (parcel.moved / stays)" as parcel {
      parcel_any --> parcel_searching : parcel.lost
      parcel_packing --> parcel_paused : pause
      parcel_packing --> parcel_sent : done
      parcel_searching --> parcel_searching : after 5000 ms
      parcel_searching --> parcel_packing : after patience
      parcel_sent --> [*]
      state "any state" as parcel_any
      state "packing" as parcel_packing {
        [*] --> parcel_packing_boxing
        parcel_packing_boxing --> parcel_packing_padding : boxed [isFragile]
        parcel_packing_boxing --> parcel_packing_sealed : boxed [isAbove]
        parcel_packing_padding --> parcel_packing_sealed : always [and(isFragile, not(in #35;alarm))]
        parcel_packing_sealed --> [*]
        parcel_packing_exact --> parcel_packing_padding
        state "boxing" as parcel_packing_boxing
        state "padding" as parcel_packing_padding
        state "sealed" as parcel_packing_sealed
        state "H" as parcel_packing_recent
        state "H#42;" as parcel_packing_exact
      }
      state "paused" as parcel_paused
      parcel_paused : pause / ignored
      state "searching" as parcel_searching
      state "sent" as parcel_sent
    }
    --
    state "alarm" as alarm
    alarm : invoke siren
    alarm : tag loud
    alarm : error / stays
  }
  parcel_paused --> parcel_packing_recent : resume
  parcel_paused --> parcel_packing_exact : continue
  classDef any fill:none,stroke-dasharray:4 4
  class parcel_any any
`),
    );
  });

  it('marks where an instance is and counts the ways it came', () => {
    const asking = { money: 'asking', goods: 'asking' };
    const visited = [
      { paying: asking },
      { paying: asking },
      { paying: { ...asking, goods: 'reserved' } },
      { paying: { money: 'charged', goods: 'reserved' } },
      'shipping',
    ];

    const lines = draw(checkout, { state: 'shipping', visited });

    expect(lines.filter(line => line.includes(' visited '))).toEqual([
      'paying_money_asking : visited 1',
      'paying_money_charged : visited 4',
      'paying_goods_asking : visited 1',
      'paying_goods_reserved : visited 3',
      'shipping : visited 5',
      'classDef visited fill:#dcefdc,stroke:#4a8f53,color:#000000',
    ]);
    expect(lines.filter(line => line.startsWith('class '))).toEqual([
      'class any any',
      'class paying_money_asking,paying_money_charged,paying_goods_asking,paying_goods_reserved visited',
      'class shipping current',
    ]);
  });

  it('counts every entry of a state, and marks a composite state by itself where a value goes no deeper', () => {
    const lines = draw(delivery, {
      state: { parcel: 'paused', alarm: {} },
      visited: [{ parcel: 'packing' }, { parcel: 'paused' }, { parcel: 'packing' }, { parcel: 'paused', alarm: {} }],
    });

    expect(lines.filter(line => line.includes('visited '))).toEqual([
      'state "packing (visited 1, 3)" as parcel_packing {',
      'parcel_paused : visited 2, 4',
      'alarm : visited 4',
      'classDef visited fill:#dcefdc,stroke:#4a8f53,color:#000000',
    ]);
    expect(lines).toContain('class parcel_packing visited');
    expect(lines).toContain('class parcel_paused,alarm current');
  });

  it('passes over state values that the machine does not have', () => {
    const visited: unknown[] = [
      'gone',
      { paying: { money: 'gone' } },
      { constructor: 'asking' },
      'constructor',
      undefined,
      null,
      7,
    ];

    expect(draw(checkout, { state: { paying: 'gone' }, visited })).toEqual(draw(checkout));
  });

  it('keeps arrows between a composite state and its inside on the inside', () => {
    const machine = createMachine({
      id: 'nested',
      initial: 'outer',
      states: {
        outer: {
          initial: 'first',
          on: { skip: '.second', again: { target: 'outer', reenter: true } },
          states: {
            first: { on: { restart: '#nested.outer', all: '#nested' } },
            second: { on: { restart: '#nested.outer' } },
          },
        },
        both: {
          type: 'parallel',
          on: { left: '.left', leftmost: '.left.b', right: '.right' },
          states: {
            left: { initial: 'a', states: { a: {}, b: { on: { both: '#nested.both' } } } },
            right: { on: { move: 'left' } },
          },
        },
      },
    });

    expect(draw(machine).filter(line => line.includes(' : '))).toEqual([
      'outer --> outer : again',
      'both --> both : right, restarts right',
      'outer_any --> outer_second : skip',
      'outer_first --> outer_first : restart, restarts outer',
      'outer_first --> outer_first : all, restarts nested',
      'outer_second --> outer_first : restart, restarts outer',
      'both_left_any --> both_left_a : left',
      'both_left_any --> both_left_b : leftmost',
      'both_left_b --> both_left_a : both, restarts both',
      'both_right --> both_left : move',
    ]);
  });

  it('draws where history states lead without history', () => {
    const inner = { initial: 'b', states: { b: { id: 'far' } } };
    const history = (target?: string) => ({ type: 'history' as const, ...(target === undefined ? {} : { target }) });
    const states = { inner, near: history('inner'), deeper: history('inner.b'), far: history('#far') };
    const machine = createMachine({
      id: 'history',
      initial: 'inner',
      states: { ...states, lost: history('inner.gone'), none: history() },
    });

    expect(draw(machine).filter(line => line.includes(' --> '))).toEqual([
      '[*] --> inner',
      'near --> inner',
      '[*] --> inner_b',
      'deeper --> inner_b',
      'far --> inner_b',
    ]);
  });

  it('starts outside of a region that has composite states, for the layout of Mermaid before 12', () => {
    const deep = { initial: 'b', states: { b: { initial: 'c', states: { c: {} } } } };
    const flat = { initial: 'd', states: { d: {} } };

    const lines = draw(createMachine({ id: 'both', type: 'parallel', states: { deep, flat } }));

    expect(lines.slice(0, 4)).toEqual([
      'state "both" as both {',
      '[*] --> deep_b',
      'state "deep" as deep {',
      'state "b" as deep_b {',
    ]);
    expect(lines.slice(-6, -2)).toEqual(['--', 'state "flat" as flat {', '[*] --> flat_d', 'state "d" as flat_d']);
  });

  it('tells apart the reports of several actors', () => {
    const machine = createMachine({
      id: 'several',
      initial: 'asking',
      states: {
        asking: {
          invoke: [
            { id: 'a', src: 'charge', onDone: 'paid', onError: 'paid' },
            { src: fromPromise(async () => {}), onDone: 'paid' },
          ],
          on: { 'xstate.done.actor.spawned': 'paid' },
        },
        paid: { invoke: { id: 'nested', src: 'stock', onSnapshot: 'asking' } },
        packing: { initial: 'a', invoke: { src: 'box', id: 'box', onDone: 'paid' }, onDone: 'paid', states: { a: {} } },
      },
    });

    expect(draw(machine).filter(line => line.includes(' : '))).toEqual([
      'asking --> paid : done spawned',
      'asking --> paid : done charge',
      'asking --> paid : error charge',
      'asking --> paid : done 1.several.asking',
      'paid --> asking : snapshot',
      'packing --> paid : done',
      'packing --> paid : done box',
      'asking : invoke charge',
      'asking : invoke 1.several.asking',
      'paid : invoke stock',
    ]);
  });

  it('draws routes from any state, with no guard but their own', () => {
    const machine = createMachine({
      id: 'routed',
      initial: 'a',
      states: { a: { id: 'a', route: {} }, b: { id: 'b', route: { guard: ({ context }) => context !== undefined } } },
    });

    expect(draw(machine).filter(line => line.includes(' : '))).toEqual([
      'any --> a : route',
      'any --> b : route [guard]',
    ]);
  });

  it('draws a machine without states', () => {
    expect(draw(createMachine({ tags: 'small' }), { state: {} })).toEqual([
      'state "#40;machine#41;" as _machine_',
      '_machine_ : tag small',
      'classDef current fill:#ffe08a,stroke:#b8860b,stroke-width:2px,color:#000000',
      'class _machine_ current',
    ]);
  });

  it('gives every state an id of its own that is no word of Mermaid', () => {
    const states = { state: {}, click: {}, end: {}, constructor: {}, 'a-b': {}, a_b: {}, any: {}, größe: {}, '': {} };
    const order = { initial: 'start', states: { start: {}, end: {} }, on: { back: '.start' } };
    const machine = createMachine({ id: 'order', initial: 'state', on: { go: '.any' }, states: { ...states, order } });

    const lines = draw(machine);

    expect(lines.flatMap(line => /^state (".*" as \w+)/.exec(line)?.[1] ?? [])).toEqual([
      '"order" as order',
      '"any state" as any_2',
      '"state" as state_',
      '"click" as click_',
      '"end" as end',
      '"constructor" as constructor_',
      '"a-b" as a_b',
      '"a_b" as a_b_2',
      '"any" as any',
      '"größe" as gr__e',
      '"#32;" as _',
      '"order" as order_2',
      '"any state" as order_any',
      '"start" as order_start_',
      '"end" as order_end_',
    ]);
  });

  it('writes names so that they stay names', () => {
    const event = 'a:b;c #1 "x" --> [*] {y}\n%% z';
    const machine = createMachine({
      id: 'escapes',
      initial: 'direction TB',
      states: {
        'direction TB': { on: { [event]: { target: '1) x', guard: '<<choice>>' } } },
        '1) x': { tags: ['- a *b* `c`', 'order.paid-in full_'], on: { 'order.*': 'direction TB' } },
      },
    });

    expect(draw(machine)).toEqual([
      'state "escapes" as escapes {',
      '[*] --> direction_TB',
      'direction_TB --> 1__x : a#58;b#59;c #35;1 #34;x#34; #45;#45;#62; #91;#42;#93; #123;y#125; #37;#37; z [#60;#60;choice#62;#62;]',
      '1__x --> direction_TB : order#46;#42;',
      'state "direction#32;TB" as direction_TB',
      'state "1#41; x" as 1__x',
      '1__x : tag #45; a #42;b#42; #96;c#96;',
      '1__x : tag order.paid-in full#95;',
      '}',
    ]);
  });

  it('takes any text for a name', () => {
    const shown = (name: string): string => name.replaceAll(/\s+/g, ' ').trim() || ' ';
    const name = fc.string({ unit: 'binary' }).filter(drawn => drawn !== '__proto__' && drawn !== 'next');
    fc.assert(
      fc.property(name, name, (key, event) => {
        const on = { [`${event}!`]: { target: 'next', guard: `${event}?` } };

        const lines = draw(
          createMachine({ id: event, initial: 'next', states: { [key]: { tags: event }, next: { on } } }),
        );

        expect(lines.map(read)).toContain(`next --> next : ${shown(`${event}!`)} [${shown(`${event}?`)}]`);
        expect(lines.map(read).filter(line => line.startsWith(`state "${shown(key)}" as `))).not.toEqual([]);
        expect(lines.map(read).filter(line => line.endsWith(` : tag ${shown(event)}`))).not.toEqual([]);
      }),
    );
  });
});
