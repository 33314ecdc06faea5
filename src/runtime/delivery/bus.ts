// Bus: mitt, the tap on committed messages and lifecycle events; observation only, never delivery.
import mittModule, { type Emitter } from 'mitt';

/** The module is ESM, its types describe the CommonJS one. */
const mitt = mittModule as unknown as () => Emitter<Record<string, unknown>>;

type Tap = (event: unknown) => void;

/** What a throwing tap is reported to. */
export type TapFailed = (name: string, error: unknown) => void;

export class Bus {
  readonly #emitter: Emitter<Record<string, unknown>> = mitt();
  readonly #failed: TapFailed;

  constructor(failed: TapFailed) {
    this.#failed = failed;
  }

  /** Whether anybody listens; saves building the event. */
  hears(name: string): boolean {
    return (this.#emitter.all.get(name)?.length ?? 0) > 0;
  }

  emit(name: string, event: unknown): void {
    this.#emitter.emit(name, event);
  }

  /** A throwing or rejecting tap is reported and harms nobody: mitt itself would stop at the first throw. */
  on(name: string, tap: Tap): () => void {
    const guarded = (event: unknown): void => {
      try {
        const result: unknown = tap(event);
        if (result instanceof Promise) result.catch((error: unknown) => this.#failed(name, error));
      } catch (error) {
        this.#failed(name, error);
      }
    };
    this.#emitter.on(name, guarded);
    return () => this.#emitter.off(name, guarded);
  }
}
