// SettlingRuntime: a runtime whose operations return when what they caused has run.
import { Runtime } from '../create-runtime.ts';
import type { Change } from '../runtime/edits.ts';
import type { AnyEvent } from '../runtime/message/contract.ts';
import type { Json } from '../runtime/message/json.ts';
import type { Named, Part, ReplayOptions } from '../runtime/operations.ts';
import { DeadLetters } from '../runtime/turn/dead-letters.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';

type WhenSettled = <T>(start: () => Promise<T>) => Promise<T>;

export abstract class SettlingRuntime extends Runtime {
  /** The kernel of the process that runs now. */
  protected abstract get running(): Kernel;

  /** The outcome of a call, once nothing is left to run; `crashed` where its process dies first. */
  protected abstract whenSettled<T>(start: () => Promise<T>): Promise<T>;

  /** The messages that were given up; what is done about one has run when its call returns. */
  override get deadLetters(): DeadLetters {
    return new SettlingDeadLetters(this.running, start => this.whenSettled(start));
  }

  override pause(target: Named, part?: Part): Promise<void> {
    return this.whenSettled(() => super.pause(target, part));
  }

  override resume(target: Named, part?: Part): Promise<void> {
    return this.whenSettled(() => super.resume(target, part));
  }

  override replay(target: Named, contract: AnyEvent | string, options: ReplayOptions): Promise<void> {
    return this.whenSettled(() => super.replay(target, contract, options));
  }

  protected override signal(name: string, key: string, data: Json): Promise<void> {
    return this.whenSettled(() => super.signal(name, key, data));
  }

  protected override replaceState(name: string, key: string, change: Change): Promise<void> {
    return this.whenSettled(() => super.replaceState(name, key, change));
  }

  protected override releaseHeld(name: string, key: string, how: 'retry' | 'discard'): Promise<void> {
    return this.whenSettled(() => super.releaseHeld(name, key, how));
  }
}

class SettlingDeadLetters extends DeadLetters {
  readonly #whenSettled: WhenSettled;

  constructor(kernel: Kernel, whenSettled: WhenSettled) {
    super(kernel);
    this.#whenSettled = whenSettled;
  }

  override retry(id: number): Promise<void> {
    return this.#whenSettled(() => super.retry(id));
  }

  override edit(id: number, data: unknown): Promise<void> {
    return this.#whenSettled(() => super.edit(id, data));
  }

  override discard(id: number): Promise<void> {
    return this.#whenSettled(() => super.discard(id));
  }
}
