// Compiles a saga definition to a Behavior.
import { TroupeError } from '../runtime/errors.ts';
import { SELF, type Behavior, type Handler, type Turn } from '../runtime/turn/behavior.ts';
import { Decision } from '../runtime/turn/decision.ts';
import { toFrozenJson } from '../runtime/message/json.ts';
import { Program } from './program.ts';
import type { SagaRecord } from './record.ts';
import type { Binding, Saga } from './saga.ts';
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
  const version = options.version ?? 1;
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
    version,
    retryOrder: 'block',
    onExhausted: 'hold',
    initial: () => undefined,
    migrate: (state, from) => migrate(saga, version, state as SagaRecord, from),
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

function handleEvent(program: Program, turn: Turn, { toInput, isDelivered }: Binding): Decision {
  const { options } = program;
  const { type, data } = turn.envelope;
  if (turn.status === null) {
    if (!toInput)
      return (options.unknown ?? 'deadLetter') === 'deadLetter' ? refused('unknown-instance') : ignored('unknown');
  } else if (turn.status !== 'running')
    return options.late === 'deadLetter' ? refused('late') : ignored(options.late === 'ignore' ? 'ignored' : 'late');
  const saga = new SagaTurn(program, turn);
  if (turn.status === null && toInput) saga.start(toInput(data as never, turn.envelope));
  else if (saga.isEnding || !isDelivered) return ignored('late');
  if (!isDelivered) return saga.finish();
  const isAccepted = saga.isEnding || saga.deliver(type, data);
  if (!isAccepted && turn.status !== null && options.unhandled === 'deadLetter') return refused('unhandled');
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

function migrate(saga: Saga, version: number, record: SagaRecord, from: number): SagaRecord {
  let snapshot = record.snapshot as unknown as { readonly value: unknown; readonly context: unknown };
  for (let one = from; one < version; one++) {
    const run = saga.options.migrate?.[one];
    if (!run) throw held(saga, from, version, `Add migrate: { ${one}: old => … }.`);
    snapshot = run(snapshot) as typeof snapshot;
  }
  if (from > version) throw held(saga, from, version, 'Deploy the newer code.');
  return { ...record, snapshot: toFrozenJson(snapshot, 'snapshot') };
}

function held(saga: Saga, from: number, version: number, remedy: string): TroupeError {
  return new TroupeError(
    'saga-held',
    `A stored instance of saga ${saga.name} has version ${from}, the code has ${version}. ${remedy}`,
  );
}
