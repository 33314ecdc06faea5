// Extract, data: tables, claims, effects and logs that both sides of the seam of a module share.
import { actorsOf, monitorsOf, sagasOf } from './definitions.ts';
import type { ExtractChange, Seam } from './seam.ts';
import { sidesOf } from './standard-json-schema.ts';
import { contractsOf } from './contracts-of.ts';

export function* tables(seam: Seam): Iterable<ExtractChange> {
  const { sql } = seam.report;
  if (sql.length === 0) return;
  const others = [...actorsOf(seam.app), ...sagasOf(seam.app)]
    .filter(({ part, module }) => module !== seam.module && part.options.sql !== undefined)
    .map(({ part }) => part.name)
    .toSorted();
  if (others.length === 0) {
    yield {
      code: 'own-tables',
      what: 'the tables that the module writes',
      where: sql,
      why: 'they are in the database of the app',
      fix: 'Move them, and what creates them in `migrate`, to the database of the module.',
    };
    return;
  }
  yield {
    code: 'shared-database',
    what: 'tables that both sides may write',
    where: [...sql, ...others],
    why: 'definitions say who writes tables, not which: one side may use those of the other, in one transaction',
    fix: 'Find out which tables each of these parts uses; replace what crosses by a contract, then move the rest.',
  };
}

export function* claims(seam: Seam): Iterable<ExtractChange> {
  const yielding = seam.wiring.actors.flatMap(({ handlers }) => handlers.filter(handler => handler.yields));
  for (const { name, claims } of seam.wiring.sagas) {
    for (const type of claims) {
      const where = yielding
        .filter(
          ({ part, sends }) =>
            seam.isInside(part) !== seam.isInside(name) && (sends.includes(type) || seam.owns(part, type)),
        )
        .map(({ id }) => id);
      if (where.length === 0) continue;
      yield {
        code: 'claim-across-seam',
        what: type,
        where: [name, ...where],
        why: 'a claim is taken in the transaction that routes the event, and the other process does not see it',
        fix: 'Let one of the two do the work: remove the handler that yields, or the command from the saga.',
      };
    }
  }
}

export function* effects(seam: Seam): Iterable<ExtractChange> {
  const users = new Map<string, Set<string>>();
  const handlers = seam.wiring.actors.flatMap(actor => actor.handlers);
  const steps = seam.wiring.sagas.flatMap(({ steps: own, name }) =>
    own.map(({ effects, id }) => ({ effects, id, part: name })),
  );
  for (const { effects, part } of [...handlers, ...steps]) {
    for (const effect of effects) users.set(effect, (users.get(effect) ?? new Set()).add(part));
  }
  for (const [effect, parts] of users) {
    if (new Set([...parts].map(part => seam.isInside(part))).size < 2) continue;
    yield {
      code: 'shared-effect',
      what: effect,
      where: [...parts].toSorted(),
      why: 'the effect ledger is a table of one database: each side would do the effect once',
      fix: 'Let one side own the effect, and give the other a command for it.',
    };
  }
}

export function* patterns(seam: Seam): Iterable<ExtractChange> {
  for (const { id, part, pattern, takes } of seam.wiring.actors.flatMap(actor => actor.handlers)) {
    if (pattern === undefined) continue;
    const missed = takes.filter(
      type => seam.isOwnerInside(type) !== undefined && seam.isOwnerInside(type) !== seam.isInside(part),
    );
    if (missed.length === 0) continue;
    yield {
      code: 'pattern-across-seam',
      what: pattern,
      where: [id],
      why: `it sees ${missed.join(', ')} only as long as both sides share a log`,
      fix: 'Bridge the events it needs, and expose them; the others it will not see any more.',
    };
  }
}

export function* replays(seam: Seam): Iterable<ExtractChange> {
  for (const [{ id, takes }, { options }] of seam.handlers()) {
    const types = takes.filter(type => seam.crossing.has(type));
    if (options.from === undefined || options.from === 'now' || types.length === 0) continue;
    yield {
      code: 'replay-across-seam',
      what: types.join(', '),
      where: [id],
      why: 'it starts in the past of a log that the other process keeps',
      fix: 'Copy those messages once, then subscribe from now on.',
    };
  }
}

export function* schemas(seam: Seam): Iterable<ExtractChange> {
  const contracts = contractsOf(seam.app);
  for (const { type, inside, others } of seam.report.seam) {
    const contract = contracts.get(type);
    const schemas = contract ? [contract.schema, contract.reply] : [];
    if (schemas.every(schema => schema === undefined || sidesOf(schema) !== undefined)) continue;
    yield {
      code: 'no-json-schema',
      what: type,
      where: [...inside, ...others],
      why: 'its schema is code, and the other side may be written or deployed apart',
      fix: 'Use a schema that has a JSON Schema (Standard JSON Schema), without transformations.',
    };
  }
}

export function* singles(seam: Seam): Iterable<ExtractChange> {
  for (const { part, module } of actorsOf(seam.app)) {
    if (module !== seam.module || part.options.single !== true) continue;
    yield {
      code: 'single-instance',
      what: part.name,
      where: [part.name],
      why: 'there is one instance per database',
      fix: 'Run one process of the module, or give its contracts keys.',
    };
  }
}

/** An expectation of events that would be in another log than the monitor. */
export function* monitors(seam: Seam): Iterable<ExtractChange> {
  for (const { part, module } of monitorsOf(seam.app)) {
    const isInside = module === seam.module;
    const types = [part.start, ...part.outcomes].map(({ type }) => type);
    const sides = new Set(types.map(type => seam.isLoggedInside(type)).filter(side => side !== undefined));
    if (!sides.has(!isInside)) continue;
    const move = isInside ? 'Take the monitor out of the module' : 'Put the monitor into the module';
    yield {
      code: 'monitor-across-seam',
      what: part.name,
      where: types,
      why: 'a monitor sees the events of one log',
      fix: sides.has(isInside)
        ? 'Bridge the events of the other side to where the monitor is, and expose them.'
        : `${move}: what it watches happens there.`,
    };
  }
}
