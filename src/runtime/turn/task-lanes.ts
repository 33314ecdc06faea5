// Task lanes: the tasks of one lane of an address follow each other, its lanes run beside each other (KERNEL K19).
import type { Instance } from './instance.ts';
import type { Task } from './tasks.ts';

/** The lane of tasks that name none. */
export const DEFAULT_LANE = '';

/** Tasks that run one at a time, in the order in which they were started. */
export class Lane {
  readonly instance: Instance;
  readonly name: string;
  readonly tasks: Task[] = [];

  constructor(instance: Instance, name: string) {
    this.instance = instance;
    this.name = name;
  }

  get head(): Task | undefined {
    return this.tasks[0];
  }
}

/** The lanes with something in them. */
export class TaskLanes {
  readonly #lanes = new Map<Instance, Map<string, Lane>>();

  get count(): number {
    let count = 0;
    for (const { tasks } of this.all()) count += tasks.length;
    return count;
  }

  has(instance: Instance): boolean {
    return this.#lanes.has(instance);
  }

  /** The lanes of an address, in the order in which they were begun. */
  of(instance: Instance): readonly Lane[] {
    return [...(this.#lanes.get(instance)?.values() ?? [])];
  }

  all(): readonly Lane[] {
    return [...this.#lanes.values()].flatMap(lanes => [...lanes.values()]);
  }

  get(instance: Instance, name: string): Lane | undefined {
    return this.#lanes.get(instance)?.get(name);
  }

  find({ instance, row }: Task): Lane | undefined {
    return this.get(instance, row.lane);
  }

  /** Puts a task at the end of its lane. */
  add(task: Task): Lane {
    const { instance, row } = task;
    const lanes = this.#lanes.get(instance) ?? new Map<string, Lane>();
    const lane = lanes.get(row.lane) ?? new Lane(instance, row.lane);
    lane.tasks.push(task);
    this.#lanes.set(instance, lanes.set(row.lane, lane));
    return lane;
  }

  /** Takes a task out of its lane, wherever it stands; an empty lane is gone. */
  remove(task: Task): void {
    const lane = this.find(task);
    const at = lane?.tasks.indexOf(task) ?? -1;
    if (!lane || at < 0) return;
    lane.tasks.splice(at, 1);
    if (lane.tasks.length > 0) return;
    const lanes = this.#lanes.get(task.instance);
    lanes?.delete(lane.name);
    if (lanes?.size === 0) this.#lanes.delete(task.instance);
  }
}
