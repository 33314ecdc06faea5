// Fills a drain: due timers, the log for who is behind, ready turns, and inputs when no turn is ready.
import type { Delivery } from '../delivery/mailbox.ts';
import { TroupeError } from '../errors.ts';
import { catchUp } from './catch-up.ts';
import type { Drain } from './drain.ts';
import type { Input } from './input.ts';
import type { Instance } from './instance.ts';
import type { Kernel } from './kernel.ts';
import { runTurn } from './run-turn.ts';
import type { WorkQueue } from './work-queue.ts';

const FLIGHT_LIMIT = 256;

/** One thing a drain ran; the last one is what an aborted transaction may have to blame. */
export type Unit = Delivery | Input;

export interface Filling {
  /** Turns and inputs, each at most this many. */
  readonly most: number;
  readonly ran: (unit: Unit) => void;
}

/** Runs until nothing is ready, or a bound of turns or milliseconds is met (K8). */
export function fill(drain: Drain, queue: WorkQueue, { most, ran }: Filling): void {
  const { kernel } = drain;
  if (kernel.suspects.size > 0) {
    runSuspect(drain, ran);
    return;
  }
  const { length } = drain.created;
  for (const registration of kernel.registrations) catchUp.read(drain, registration);
  kernel.schedules.fire(drain);
  kernel.timers.fire(drain);
  if (kernel.cautious) {
    if (drain.created.length > length) return;
    kernel.cautious = [...kernel.registrations].some(({ isBehind }) => isBehind);
  }
  const flight = new Flight(kernel, queue);
  const startedAt = drain.monotonic;
  let turns = 0;
  let inputs = 0;
  while (drain.monotonic - startedAt < kernel.limits.msPerDrain && turns < most && inputs < most) {
    const instance = queue.nextReady();
    if (instance) {
      if (!runNext(drain, instance, { ran, flight })) continue;
      turns += 1;
    } else {
      const input = queue.inputs.shift();
      if (!input) break;
      ran(input);
      applyInput(drain, input);
      inputs += 1;
    }
    if (most === 1) break;
  }
}

/** A refusal before anything changed rejects this input only; anything else ends the drain. */
function applyInput(drain: Drain, input: Input): void {
  const { length } = drain.messages;
  drain.inputs.push(input);
  try {
    input.apply(drain);
  } catch (error) {
    if (!(error instanceof TroupeError) || drain.messages.length > length) throw error;
    drain.inputs.pop();
    drain.afterCommit.push(() => input.rejected(error));
  }
}

/** What is told of a delivery before it runs. */
interface Watch {
  readonly ran: (unit: Unit) => void;
  readonly flight: Flight;
}

function runNext(drain: Drain, instance: Instance, { ran, flight }: Watch): boolean {
  const delivery = instance.mailbox.peek();
  if (!delivery || !mayRun(drain, instance, delivery)) return false;
  ran(delivery);
  if (delivery.stored) flight.announce(delivery);
  runTurn(drain, instance, delivery);
  const next = instance.mailbox.peek();
  if (next && next.due <= drain.now) drain.kernel.makeReady(instance);
  return true;
}

/** A retry that is not due, a resting handler and a paused actor wait without being run. */
function mayRun(drain: Drain, instance: Instance, delivery: Delivery): boolean {
  const { subscription } = delivery;
  if (subscription.paused || subscription.registration.paused) return false;
  const due = Math.max(delivery.due, subscription.breaker.restsUntil(drain.now));
  if (due <= drain.now) return true;
  if (instance.wakesAt <= drain.now || instance.wakesAt > due) {
    instance.wakesAt = due;
    drain.kernel.wakes.add(due, () => {
      instance.wakesAt = 0;
      drain.kernel.makeReady(instance);
    });
  }
  return false;
}

/** Writes down which committed deliveries this drain may run, before the first of them runs (K22). */
class Flight {
  readonly #kernel: Kernel;
  readonly #queue: WorkQueue;
  readonly #deliveries = new Set<number>();

  constructor(kernel: Kernel, queue: WorkQueue) {
    this.#kernel = kernel;
    this.#queue = queue;
  }

  announce({ id }: Delivery): void {
    const deliveries = this.#deliveries;
    if (deliveries.has(id)) return;
    if (deliveries.size >= FLIGHT_LIMIT) deliveries.clear();
    deliveries.add(id);
    for (const instance of this.#queue.ahead(FLIGHT_LIMIT - deliveries.size)) {
      const head = instance.mailbox.peek();
      if (head?.stored) deliveries.add(head.id);
    }
    this.#kernel.flight.write({ alone: false, deliveries: [...deliveries] });
  }
}

/** After an unclean exit: one suspect in a transaction of its own, with nothing fresh beside it. */
function runSuspect(drain: Drain, ran: (unit: Unit) => void): void {
  const { kernel } = drain;
  for (const delivery of kernel.suspects) {
    const instance = kernel.instances.get(delivery.subscription.registration, delivery.key);
    const head = instance.mailbox.peek();
    if (delivery.done || !head || !mayRun(drain, instance, head)) {
      kernel.suspects.delete(delivery);
      continue;
    }
    kernel.flight.write({ alone: true, deliveries: [head.id] });
    ran(head);
    runTurn(drain, instance, head);
    // It came back, so a later crash is not its doing.
    kernel.flight.write({ alone: false, deliveries: [] });
    if (head === delivery) {
      kernel.suspects.delete(delivery);
      drain.undo(() => kernel.suspects.add(delivery));
    }
    return;
  }
}
