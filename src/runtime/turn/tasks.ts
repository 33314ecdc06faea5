// Tasks: asynchronous work in lanes of one address, whose end is an ordinary message (K18 to K20).
import type { Subscription } from '../delivery/subscription.ts';
import type { LoggedMessage, TaskRow } from '../store/records.ts';
import type { Drain } from './drain.ts';
import { holdInstance, UNLOADABLE } from './holds.ts';
import { Act } from './input.ts';
import type { Instance } from './instance.ts';
import type { Kernel } from './kernel.ts';
import { TaskAttempt } from './task-attempt.ts';
import { cancelTask, endAttempt, type Outcome } from './task-end.ts';
import { DEFAULT_LANE, TaskLanes, type Lane } from './task-lanes.ts';
import { isSuspect, TaskSlots } from './task-slots.ts';

/** A task in memory: its row, its place in the lane, and the attempt that runs. */
export interface Task {
  row: TaskRow;
  readonly subscription: Subscription;
  readonly instance: Instance;
  readonly message: LoggedMessage;
  running: TaskAttempt | undefined;
  /** A turn has ended it, and its commit has not failed. */
  isCancelled: boolean;
}

/** What a task is started with. */
export interface NewTask extends Pick<Task, 'instance' | 'subscription' | 'message'> {
  readonly lane?: string | undefined;
}

/** After a commit of its own failed, what a task needs is tried again after this. */
const AGAIN_MS = 1_000;

export class Tasks {
  readonly #kernel: Kernel;
  readonly #lanes = new TaskLanes();
  readonly #slots = new TaskSlots(lane => this.#pump(lane));
  /** Their attempt is over and its end is not committed yet: they must not start again meanwhile. */
  readonly #ending = new Set<Task>();
  #closed = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get count(): number {
    return this.#lanes.count;
  }

  get running(): number {
    return this.#slots.size;
  }

  /** The tasks whose bodies run, and wait neither in `ask` nor in `sleep`. */
  get busy(): Iterable<Task> {
    return this.#slots.held;
  }

  has(instance: Instance): boolean {
    return this.#lanes.has(instance);
  }

  /** The tasks of an address, lane by lane. */
  of(instance: Instance): readonly Task[] {
    return this.#lanes.of(instance).flatMap(({ tasks }) => tasks);
  }

  /** Queues a task in this commit; its first attempt starts after it. */
  start(drain: Drain, { instance, subscription, message, lane = DEFAULT_LANE }: NewTask): void {
    const row: TaskRow = {
      id: this.#kernel.unique(),
      message: message.position,
      subscription: subscription.id,
      key: instance.key,
      incarnation: instance.incarnation,
      attempt: 1,
      crashes: 0,
      alone: 0,
      due: 0,
      failures: null,
      lane,
    };
    if (instance.registration.behavior.stateful) drain.makeDirty(instance);
    this.#kernel.store.tasks.put(row);
    const task = { row, subscription, instance, message, running: undefined, isCancelled: false };
    drain.started.push(task);
    drain.afterCommit.push(() => {
      if (!task.isCancelled) this.#pump(this.#lanes.add(task));
    });
  }

  /** Ends the tasks of a lane that are not over, in this commit; what runs of them is aborted after it. */
  cancel(drain: Drain, instance: Instance, name: string): void {
    const fresh = drain.started.filter(task => task.instance === instance && task.row.lane === name);
    for (const task of [...(this.#lanes.get(instance, name)?.tasks ?? []), ...fresh]) {
      // Without a row it is over: its end is in the log.
      if (!this.#kernel.store.tasks.get(task.row.id)) continue;
      cancelTask(drain, task);
      task.isCancelled = true;
      drain.undo(() => (task.isCancelled = false));
      drain.afterCommit.push(() => this.#drop(task));
    }
  }

  /** A task was cancelled: what it still does reaches nobody, and the lane goes on without it. */
  #drop(task: Task): void {
    const lane = this.#lanes.find(task);
    const wasHead = lane?.head === task;
    this.#ending.delete(task);
    task.running?.cancel();
    if (!lane) return;
    this.#lanes.remove(lane, task);
    if (!wasHead) return;
    this.#slots.forget(lane)?.();
    this.#slots.free(task);
    this.#pump(lane);
  }

  /** Takes up the tasks of an earlier process, those that were alone in flight least often first. */
  recover(tasks: readonly Task[]): void {
    for (const task of tasks) this.#lanes.add(task);
    const aloneOf = ({ head }: Lane): number => head?.row.alone ?? 0;
    for (const lane of this.#lanes.all().toSorted((a, b) => aloneOf(a) - aloneOf(b))) this.#pump(lane);
  }

  /** Starts the head of a lane when it is due and there is a slot. */
  #pump(lane: Lane): void {
    const task = lane.head;
    if (!task || task.running || this.#ending.has(task) || this.#closed) return;
    const { clock, wakes } = this.#kernel;
    const now = clock.now();
    const { subscription, row, instance } = task;
    const due = Math.max(row.due, subscription.breaker.restsUntil(now));
    if (due > now) {
      wakes.add(due, () => this.#pump(lane));
      return;
    }
    if (subscription.paused || instance.registration.paused || instance.hold) return;
    if (this.#slots.take(lane, task)) this.#begin(lane, task);
  }

  #begin(lane: Lane, task: Task): void {
    const attempt = new TaskAttempt(this.#kernel, task, this);
    task.running = attempt;
    if (!isSuspect(task)) {
      this.#kernel.platform.defer(() => void attempt.run());
      return;
    }
    this.#countAlone(task, 1).then(
      () => void attempt.run(),
      () => {
        attempt.abandon();
        this.#slots.free(task);
        const { clock, wakes } = this.#kernel;
        wakes.add(clock.now() + AGAIN_MS, () => this.#pump(lane));
      },
    );
  }

  /** Writes down that a task starts alone, or that it came back. */
  #countAlone(task: Task, by: 1 | -1): Promise<void> {
    const { tasks } = this.#kernel.store;
    const act = new Act(() => {
      if (tasks.get(task.row.id)) tasks.put({ ...task.row, alone: task.row.alone + by });
    });
    this.#kernel.submit(act);
    return act.done.then(() => {
      task.row = { ...task.row, alone: task.row.alone + by };
    });
  }

  /** The task waits in `ask` or `sleep`: it frees its slot, and a process that dies meanwhile did not die of it. */
  leave(task: Task): void {
    if (this.#slots.isAlone(task)) this.#countAlone(task, -1).catch(() => {});
    this.#slots.free(task);
  }

  /** The wait is over; a task that has to be alone goes on when it is. */
  async comeBack(task: Task): Promise<void> {
    await this.#slots.takeBack(this.#lanes.find(task), task);
    if (isSuspect(task)) await this.#countAlone(task, 1);
  }

  /** Something that held tasks back has changed. */
  refresh(): void {
    for (const lane of this.#lanes.all()) this.#pump(lane);
  }

  /** The attempt is over; what follows is decided in a commit. The first completion of the running attempt wins. */
  ended(attempt: TaskAttempt, outcome: Outcome): void {
    const { task } = attempt;
    if (task.running !== attempt) return;
    task.running = undefined;
    this.#ending.add(task);
    const lane = this.#lanes.find(task);
    if (lane) this.#slots.forget(lane);
    this.#slots.free(task);
    const runUs = Math.round((this.#kernel.clock.monotonic() - attempt.startedMs) * 1000);
    this.#end(task, { outcome, runUs });
  }

  /** The state of its instance cannot be loaded: the attempt does not count, and waits with the instance. */
  putBack({ task }: TaskAttempt, error: unknown): void {
    task.running = undefined;
    this.#ending.add(task);
    const { instance } = task;
    const act = new Act(drain => {
      holdInstance(drain, instance, { reason: UNLOADABLE, error });
      drain.afterCommit.push(() => this.#goOn(task, task.row));
    });
    this.#slots.free(task);
    this.#kernel.submit(act);
    act.done.catch(() => this.#goOn(task, task.row));
  }

  /** What a task did cannot be undone, so its end is submitted until it is committed or the runtime stops. */
  #end(task: Task, end: { readonly outcome: Outcome; readonly runUs: number }): void {
    const { clock, logger, scheduler, wakes } = this.#kernel;
    const act = new Act(drain => {
      const next = endAttempt(drain, task, end);
      drain.afterCommit.push(() => this.#goOn(task, next));
    });
    this.#kernel.submit(act);
    act.done.catch((error: unknown) => {
      if (scheduler.state !== 'running') return;
      logger.error({ err: error, address: task.instance.address }, 'the end of a task could not be committed');
      wakes.add(clock.now() + AGAIN_MS, () => this.#end(task, end));
    });
  }

  /** The end is committed: the next attempt waits at the head of the lane, or the next task moves up. */
  #goOn(task: Task, next: TaskRow | undefined): void {
    const lane = this.#lanes.find(task);
    this.#ending.delete(task);
    if (next) task.row = next;
    if (!lane) return;
    if (!next) this.#lanes.remove(lane, task);
    this.#pump(lane);
  }

  /** Stops what runs: attempts are not counted, the tasks start again with the next runtime. */
  close(): void {
    this.#closed = true;
    for (const { tasks } of this.#lanes.all()) for (const task of tasks) task.running?.abandon();
  }

  /** For graceful stops: no new attempts, the running ones may finish. */
  drain(): void {
    this.#closed = true;
  }
}
