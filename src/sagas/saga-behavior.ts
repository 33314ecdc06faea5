// Compiles a saga definition to a Behavior.
import { TroupeError } from '../runtime/errors.ts';
import { SELF, type Behavior, type Handler, type Turn } from '../runtime/turn/behavior.ts';
import { Decision } from '../runtime/turn/decision.ts';
import { toFrozenJson } from '../runtime/message/json.ts';
import { Program } from './program.ts';
import type { SagaRecord } from './record.ts';
import type { Binding, Saga, StoredMachine } from './saga.ts';
import { SagaTurn, type Reply, type Tick } from './saga-turn.ts';

interface SagaHandler extends Handler {
  readonly binding: Binding | undefined;
}

export function toSagaBehavior(saga: Saga): Behavior {
  const program = new Program(saga);
  const { options } = saga;
  if (!saga.bindings.some(({ toInput }) => toInput)) {
    throw new TroupeError(
      'invalid-definition',
      `Nothing starts the saga ${saga.name}. Add .startsOn(event, data => input).`,
    );
  }
  return {
    kind: 'saga',
    name: saga.name,
    renamedFrom: options.renamedFrom,
    handlers: [...saga.bindings.map(binding => toHandler(binding)), toHandler(undefined)],
    single: false,
    publishes: options.publishes ?? [],
    sends: program.sends(),
    usesSql: false,
    stateful: true,
    version: options.version ?? 1,
    retryOrder: 'block',
    onExhausted: 'hold',
    initial: () => undefined,
    migrate: (state, from) => migrate(saga, state as SagaRecord, from),
    handle: turn => handle(program, turn),
  };
}

function toHandler(binding: Binding | undefined): SagaHandler {
  return {
    id: binding?.contract.type ?? SELF,
    binding,
    contract: binding?.contract,
    pattern: undefined,
    key: binding?.correlate,
    where: undefined,
    retry: undefined,
    from: 'now',
    task: undefined,
  };
}

function handle(program: Program, turn: Turn): Decision {
  const { binding } = turn.handler as SagaHandler;
  if (binding) return handleEvent(program, turn, binding);
  if (turn.status !== 'running') return ignored('late');
  const saga = new SagaTurn(program, turn);
  if (turn.kind === 'reply') saga.settle(turn.envelope.data as Reply);
  else saga.tick(turn.envelope.data as Tick);
  return saga.finish();
}

function handleEvent(program: Program, turn: Turn, binding: Binding): Decision {
  if (turn.status === null) return begin(program, turn, binding);
  const { type, data } = turn.envelope;
  const { late, unhandled } = program.options;
  if (turn.status !== 'running') {
    return late === 'deadLetter' ? refused('late') : ignored(late === 'ignore' ? 'ignored' : 'late');
  }
  const saga = new SagaTurn(program, turn);
  if (saga.isEnding || !binding.isDelivered) return ignored('late');
  if (!saga.deliver(type, data) && unhandled === 'deadLetter') return refused('unhandled');
  return saga.finish();
}

/** The event that starts an instance is then delivered to it, where the machine takes it. */
function begin(program: Program, turn: Turn, { toInput, isDelivered }: Binding): Decision {
  if (!toInput) return program.options.unknown === 'ignore' ? ignored('unknown') : refused('unknown-instance');
  const { type, data } = turn.envelope;
  const saga = new SagaTurn(program, turn);
  saga.start(toInput(data as never, turn.envelope));
  if (isDelivered && !saga.isEnding) saga.deliver(type, data);
  return saga.finish();
}

function ignored(outcome: string): Decision {
  const decision = new Decision();
  decision.outcome = outcome;
  return decision;
}

function refused(reason: string): Decision {
  const decision = new Decision();
  decision.deadLetter = reason;
  return decision;
}

/** Lifts a stored snapshot step by step; without a path the instance is held, never guessed. */
function migrate(saga: Saga, record: SagaRecord, from: number): SagaRecord {
  const { version = 1, migrate: steps } = saga.options;
  const held = (remedy: string): TroupeError =>
    new TroupeError(
      'saga-held',
      `A stored instance of saga ${saga.name} has version ${from}, the code has ${version}. ${remedy}`,
    );
  if (from > version) throw held('Deploy the newer code.');
  let snapshot = record.snapshot as unknown as StoredMachine;
  for (let one = from; one < version; one++) {
    const run = steps?.[one];
    if (!run) throw held(`Add migrate: { ${one}: old => … }.`);
    snapshot = run(snapshot) as StoredMachine;
  }
  return { ...record, snapshot: toFrozenJson(snapshot, 'snapshot') };
}
