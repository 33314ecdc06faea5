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
  readonly #lanes = new Map<Instance, Lane[]>();

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
    return this.#lanes.get(instance) ?? [];
  }

  all(): readonly Lane[] {
    return [...this.#lanes.values()].flat();
  }

  get(instance: Instance, name: string): Lane | undefined {
    return this.#lanes.get(instance)?.find(lane => lane.name === name);
  }

  find({ instance, row }: Task): Lane | undefined {
    return this.get(instance, row.lane);
  }

  /** Puts a task at the end of its lane. */
  add(task: Task): Lane {
    const found = this.find(task);
    const lane = found ?? new Lane(task.instance, task.row.lane);
    lane.tasks.push(task);
    if (found) return lane;
    const lanes = this.#lanes.get(task.instance);
    if (lanes) lanes.push(lane);
    else this.#lanes.set(task.instance, [lane]);
    return lane;
  }

  /** Takes a task out of its lane, wherever it stands; an empty lane is gone. */
  remove(lane: Lane, task: Task): void {
    const at = lane.tasks.indexOf(task);
    if (at < 0) return;
    lane.tasks.splice(at, 1);
    if (lane.tasks.length > 0) return;
    const rest = this.of(lane.instance).filter(one => one !== lane);
    if (rest.length > 0) this.#lanes.set(lane.instance, rest);
    else this.#lanes.delete(lane.instance);
  }
}
