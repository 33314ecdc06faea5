import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toFrozenJson, type Json } from '../../../src/runtime/message/json.ts';
import { StateDraft } from '../../../src/runtime/turn/draft.ts';

interface Order {
  id: string;
  lines: { sku: string; quantity: number }[];
  tags: Record<string, number>;
  note?: string | undefined;
}

const order = {
  id: '1',
  lines: [
    { sku: 'a', quantity: 1 },
    { sku: 'b', quantity: 2 },
  ],
  tags: { x: 1 },
};

function setup<T = Order>(state: unknown = order) {
  const base = toFrozenJson(state, 'state');
  const draft = new StateDraft(base);
  return { base: base as T, draft, state: draft.value as T };
}

function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}

type Tree = Record<string, unknown> | unknown[];
interface Operation {
  readonly path: readonly number[];
  readonly from: readonly number[];
  readonly kind: number;
  readonly at: number;
  readonly value: unknown;
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

const valuesOf = (tree: Tree): unknown[] => Object.values(tree as Record<string, unknown>);

/** Walks down by choosing among the entries, so that the same operation finds the same place in draft and reference. */
function walk(root: Tree, path: readonly number[]): Tree {
  let at = root;
  for (const step of path) {
    const next = valuesOf(at).filter(isTree);
    const chosen = next[step % Math.max(next.length, 1)];
    if (chosen === undefined) return at;
    at = chosen;
  }
  return at;
}

function contains(tree: Tree, part: Tree): boolean {
  return tree === part || valuesOf(tree).some(value => isTree(value) && contains(value, part));
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

function changeArray(array: unknown[], { kind, at, value }: Operation, moved: unknown): void {
  const index = array.length === 0 ? 0 : at % array.length;
  const changes: (() => unknown)[] = [
    () => array.push(value, moved),
    () => array.pop(),
    () => array.shift(),
    () => array.unshift(moved),
    () => array.splice(index, at % 3, value, moved),
    // oxlint-disable-next-line no-array-sort -- in place is the subject
    () => array.sort(byText),
    // oxlint-disable-next-line no-array-reverse -- in place is the subject
    () => array.reverse(),
    () => (array.length = Math.min(array.length, at)),
    () => array.fill(value, index),
    () => (array[index] = moved),
    () => array.copyWithin(0, index),
    () => array.splice(0, array.length, ...array.filter((_, position) => position !== index)),
  ];
  changes[kind % changes.length]?.();
}

function changeObject(object: Record<string, unknown>, { kind, at, value }: Operation, moved: unknown): void {
  const keys = Object.keys(object);
  const key = keys[at % Math.max(keys.length, 1)] ?? 'first';
  const changes: (() => unknown)[] = [
    () => (object[key] = value),
    () => (object[`new${at % 4}`] = value),
    () => delete object[key],
    () => (object[key] = moved),
    () => (object[key] = { wrapped: moved, list: [moved, value] }),
    () => Object.assign(object, { [key]: value, more: moved }),
    () => (object[key] = undefined),
    () => (object[key] = isTree(object[key]) ? Object.assign({}, object[key]) : value),
  ];
  changes[kind % changes.length]?.();
}

function apply(root: Tree, operation: Operation): void {
  const target = walk(root, operation.path);
  const found = walk(root, operation.from);
  const moved = contains(found, target) ? 'no cycle' : found;
  const own = { ...operation, value: structuredClone(operation.value) };
  if (Array.isArray(target)) changeArray(target, own, moved);
  else changeObject(target, own, moved);
}

const json = fc.jsonValue({ maxDepth: 3 }).map(value => JSON.parse(JSON.stringify(value)) as Json);
const isSafe = (value: unknown): boolean => !/__proto__|constructor|prototype|\\ud[89a-f]/.test(JSON.stringify(value));
const safeJson = json.filter(isSafe);
const operations = fc.array(
  fc.record({
    path: fc.array(fc.nat(5), { maxLength: 4 }),
    from: fc.array(fc.nat(5), { maxLength: 4 }),
    kind: fc.nat(50),
    at: fc.nat(9),
    value: safeJson,
  }),
  { maxLength: 8 },
);

describe('StateDraft', () => {
  it('does what plain assignment does, over turns that finish or fail (K4)', () => {
    const rootOf = safeJson.map(value => ({ value, list: [1, { a: 1 }, [2]], map: { x: { y: [0] } } }));
    fc.assert(
      fc.property(rootOf, fc.array(fc.tuple(operations, fc.boolean()), { maxLength: 4 }), (start, turns) => {
        let state = toFrozenJson(start, 'state');
        for (const [changes, fails] of turns) {
          const before = JSON.stringify(state);
          const reference = JSON.parse(before) as Tree;
          const draft = new StateDraft(state);
          for (const change of changes) {
            apply(draft.value as Tree, change);
            apply(reference, change);
            expect(JSON.stringify(draft.value)).toBe(JSON.stringify(reference));
          }
          if (fails) {
            draft.revoke();
          } else {
            const finished = draft.finish();
            expect(JSON.stringify(finished.state)).toBe(JSON.stringify(reference));
            expect(isDeepFrozen(finished.state)).toBe(true);
            if (!finished.changed) expect(finished.state).toBe(state);
            expect(JSON.stringify(state)).toBe(before);
            state = finished.state as Json;
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('returns the same state when nothing was written (K4)', () => {
    const { base, draft, state } = setup();

    expect(state.lines.map(line => line.quantity)).toEqual([1, 2]);
    state.id = '1';
    state.lines = state.lines;

    expect(draft.finish()).toEqual({ state: base, changed: false });
    expect(setup().draft.finish().changed).toBe(false);
  });

  it('keeps the identity of what did not change (K4)', () => {
    const { base, draft, state } = setup();

    state.lines[1]!.quantity = 3;

    const next = draft.finish().state as Order;
    expect(next).toEqual({
      ...order,
      lines: [
        { sku: 'a', quantity: 1 },
        { sku: 'b', quantity: 3 },
      ],
    });
    expect(next.lines[0]).toBe(base.lines[0]);
    expect(next.tags).toBe(base.tags);
    expect(base.lines[1]?.quantity).toBe(2);
  });

  it('keeps the identity of what was moved or put into new objects', () => {
    const { base, draft, state } = setup();

    draft.value = { ...state, lines: state.lines.toReversed(), copy: { tags: state.tags } };

    const next = draft.finish().state as Order & { copy: { tags: unknown } };
    expect(next.tags).toBe(base.tags);
    expect(next.copy.tags).toBe(base.tags);
    expect(next.lines[1]).toBe(base.lines[0]);
  });

  it('takes later changes of what was moved', () => {
    const { draft, state } = setup<Order & { first?: Order['lines'][0]; box?: unknown }>();

    const [first] = state.lines.splice(0, 1);
    state.first = first!;
    state.box = { inside: [first] };
    first!.quantity = 9;

    expect(draft.finish().state).toMatchObject({
      lines: [{ sku: 'b' }],
      first: { quantity: 9 },
      box: { inside: [{ quantity: 9 }] },
    });
  });

  it('reads like a plain object', () => {
    const { state } = setup();

    expect(Array.isArray(state.lines)).toBe(true);
    expect([...state.lines].length).toBe(2);
    expect('id' in state && !('other' in state)).toBe(true);
    expect(Object.keys(state)).toEqual(['id', 'lines', 'tags']);
    expect(Object.entries(state.tags)).toEqual([['x', 1]]);
    expect({ ...state.tags }).toEqual({ x: 1 });
    expect(JSON.stringify(state)).toBe(JSON.stringify(order));
    expect(Object.getPrototypeOf(state)).toBe(Object.prototype);
    expect(state.lines.concat([]).length).toBe(2);
    expect(state.lines.indexOf(state.lines[1]!)).toBe(1);
    expect(Object.prototype.toString.call(state)).toBe('[object Object]');
    expect(state.lines[0]).toBe(state.lines[0]);
  });

  it('shows the draft in logs', () => {
    const { draft, state } = setup();
    state.lines[0]!.quantity = 7;
    state.id = '2';

    expect(inspect(state, { depth: 5 })).toBe(
      inspect({ ...order, id: '2', lines: [{ sku: 'a', quantity: 7 }, order.lines[1]] }, { depth: 5 }),
    );
    expect(inspect(state.lines)).toContain('quantity: 7');

    draft.revoke();
    expect(inspect(state)).toContain('finished turn');
  });

  it('holds primitives, null and nothing', () => {
    for (const [base, next] of [
      [1, 2],
      ['a', 'b'],
      [null, {}],
      [undefined, { a: 1 }],
      [{ a: 1 }, null],
      [1, undefined],
    ]) {
      const draft = new StateDraft(toStored(base));
      expect(draft.value).toEqual(base);
      draft.value = next;
      expect(draft.value).toEqual(next);
      expect(draft.finish()).toEqual({ state: next, changed: true });
    }
    expect(new StateDraft(undefined).finish()).toEqual({ state: undefined, changed: false });
  });

  it('lets received data be changed once it is in the state', () => {
    const received = toFrozenJson({ order: { lines: [{ quantity: 1 }] } }, 'data') as {
      order: { lines: { quantity: number }[] };
    };
    const { draft, state } = setup<{ last?: typeof received; root?: unknown }>({});

    state.last = received;
    state.last.order.lines[0]!.quantity = 2;
    state.last.order.lines.push({ quantity: 3 });

    expect(draft.finish().state).toEqual({ last: { order: { lines: [{ quantity: 2 }, { quantity: 3 }] } } });
    expect(received).toEqual({ order: { lines: [{ quantity: 1 }] } });
    const whole = new StateDraft(undefined);
    whole.value = received;
    (whole.value as typeof received).order.lines.pop();
    expect(whole.finish().state).toEqual({ order: { lines: [] } });
  });

  it('is not changed by later changes of what was assigned (K5)', () => {
    const { draft, state } = setup<{ a?: { b: number[] } }>({});
    const mine = { b: [1] };

    state.a = mine;
    const { state: next } = draft.finish();
    mine.b.push(2);

    expect(next).toEqual({ a: { b: [1] } });
  });

  it('can be published: a draft is copied like a plain object (K5)', () => {
    const { draft, state } = setup();
    state.lines[0]!.quantity = 5;

    const sent = toFrozenJson({ lines: state.lines, all: state }, 'data');
    state.lines[0]!.quantity = 6;
    draft.finish();

    expect(sent).toMatchObject({ lines: [{ quantity: 5 }, {}], all: { lines: [{ quantity: 5 }, {}] } });
    expect(isDeepFrozen(sent)).toBe(true);
  });

  it('drops properties that are undefined, and turns -0 into 0', () => {
    const { draft, state } = setup<Record<string, unknown>>({ a: 1, b: { c: 2 } });

    state['a'] = undefined;
    state['b'] = { c: undefined, d: -0 };
    state['e'] = -0;

    const { state: next } = draft.finish();
    expect(next).toStrictEqual({ b: { d: 0 }, e: 0 });
  });

  it('does not walk what was not touched', () => {
    const reads: PropertyKey[] = [];
    const untouched = Object.freeze(
      new Proxy({ a: 1 }, { get: (target, key) => (reads.push(key), Reflect.get(target, key)) }),
    );
    const draft = new StateDraft(Object.freeze({ count: 0, untouched }));

    (draft.value as { count: number }).count++;

    expect((draft.finish().state as { untouched: unknown }).untouched).toBe(untouched);
    expect(reads).toEqual([]);
  });
});

describe('finish', () => {
  it.each<[string, (state: Record<string, any>) => void, string]>([
    ['a Date', s => (s['a'].b[1].due = new Date(0)), 'state.a.b[1].due is a Date'],
    ['NaN', s => (s['n'] = Number.NaN), 'state.n is NaN'],
    ['a Map in a new object', s => s['a'].b.push({ m: { n: new Map() } }), 'state.a.b[2].m.n is a Map'],
    ['a function', s => (s['f'] = () => 1), 'state.f is a function'],
    [
      'a function that objects inherit',
      s => (s['valueOf'] = Reflect.get(Object.prototype, 'valueOf')),
      'state.valueOf is a function',
    ],
    ['a bigint', s => (s['a'].b[0] = 1n), 'state.a.b[0] is a bigint'],
    ['half a surrogate pair', s => (s['t'] = '\ud800'), 'state.t is text with half a surrogate pair'],
    ['half a surrogate pair in a name', s => (s['\ud800'] = 1), 'is a property name with half a surrogate pair'],
    ['a hole', s => delete s['a'].b[0], 'state.a.b[0] is undefined or a hole'],
    ['a longer length', s => (s['a'].b.length = 9), 'state.a.b[2] is undefined or a hole'],
    ['undefined in an array', s => s['a'].b.push(undefined), 'state.a.b[2] is undefined or a hole'],
    ['__proto__', s => (s['__proto__'] = { isAdmin: true }), 'state.__proto__ is a property name'],
    ['constructor', s => (s['constructor'] = 1), 'state.constructor is a property name'],
    ['a cycle through drafts', s => s['a'].b.push(s['a']), 'state.a.b[2] is a part of itself'],
    ['a cycle through the root', s => (s['self'] = s), 'state.self is a part of itself'],
    ['a cycle through new objects', s => (s['box'] = { all: { a: [s] } }), 'state.box.all.a[0] is a part of itself'],
  ])('refuses %s with its path', (_, change, message) => {
    const { draft, state } = setup<Record<string, any>>({ a: { b: [0, { due: 1 }] }, n: 1 });

    change(state);

    expect(() => draft.finish()).toThrow(
      expect.objectContaining({ code: 'not-json', message: expect.stringContaining(message) }),
    );
    expect(() => draft.value).toThrow(expect.objectContaining({ code: 'ctx-closed' }));
  });

  it('refuses a whole state that is not JSON', () => {
    const { draft } = setup();
    draft.value = new Map();

    expect(() => draft.finish()).toThrow('state is a Map, which is not JSON');
  });

  it('refuses what gets too deep by moving it down, turn after turn', () => {
    let state: unknown = toFrozenJson({ a: { leaf: 1 } }, 'state');
    const deepen = (): void => {
      const draft = new StateDraft(state);
      const root = draft.value as { a: unknown };
      root.a = { inner: root.a };
      state = draft.finish().state;
    };
    for (let turn = 0; turn < 62; turn++) deepen();

    expect(deepen).toThrow(
      expect.objectContaining({ code: 'too-large', message: expect.stringContaining('64 levels') }),
    );
  });

  it('refuses more than 1 MiB of new text', () => {
    const { draft, state } = setup<Record<string, string[]>>({});
    state['a'] = Array<string>(11).fill('x'.repeat(100_000));

    expect(() => draft.finish()).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  it('refuses symbols, named properties of arrays, and definitions that no copy would keep', () => {
    const { state } = setup<any>();

    expect(() => (state[Symbol('x')] = 1)).toThrow(TypeError);
    expect(() => (state.lines.total = 1)).toThrow(TypeError);
    expect(() => (state.lines['-1'] = 1)).toThrow(TypeError);
    expect(() => Object.defineProperty(state, 'x', { get: () => 1 })).toThrow(TypeError);
    expect(() => Object.setPrototypeOf(state, null)).toThrow(TypeError);
    expect(() => Object.freeze(state)).toThrow(TypeError);
  });
});

describe('a finished draft', () => {
  it.each(['finish', 'revoke'] as const)('refuses every use after %s (K7)', end => {
    const { draft, state } = setup();
    const { lines } = state;
    draft[end]();

    const closed = expect.objectContaining({ code: 'ctx-closed' });
    expect(() => state.id).toThrow(closed);
    expect(() => (state.id = '2')).toThrow(closed);
    expect(() => 'id' in state).toThrow(closed);
    expect(() => Object.keys(state)).toThrow(closed);
    expect(() => Reflect.deleteProperty(state, 'id')).toThrow(closed);
    expect(() => Object.getPrototypeOf(state) as unknown).toThrow(closed);
    expect(() => lines.push({ sku: 'c', quantity: 1 })).toThrow(closed);
    expect(() => lines.length).toThrow(closed);
    expect(() => draft.value).toThrow(closed);
    expect(() => (draft.value = 1)).toThrow(closed);
    expect(() => draft.finish()).toThrow(closed);
    expect(() => draft.revoke()).not.toThrow();
  });

  it('refuses to enter the state of a later turn (K7)', () => {
    const earlier = setup();
    earlier.draft.finish();
    const later = setup<Order & { old?: unknown }>();
    later.state.old = { kept: earlier.state };

    expect(() => later.draft.finish()).toThrow(expect.objectContaining({ code: 'ctx-closed' }));
  });

  it('copies an open draft of another state', () => {
    const other = setup();
    const { draft, state } = setup<Record<string, unknown>>({});
    state['copy'] = other.state;

    expect(draft.finish().state).toEqual({ copy: order });
  });
});

function toStored(value: unknown): unknown {
  return value === undefined ? undefined : toFrozenJson(value, 'state');
}
