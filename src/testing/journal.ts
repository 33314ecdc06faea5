// Journal: what a run has committed, kept by the test kit for looking back, whatever retention removes.
import type { LoggedMessage, MessageKind } from '../runtime/store/records.ts';
import { fromJsonText } from '../runtime/message/json.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';
import type { Commit, CommitObserver } from './observer.ts';

export class Journal implements CommitObserver {
  readonly #byType = new Map<string, LoggedMessage[]>();
  readonly #conversations = new Set<string>();
  #from: number | undefined = undefined;

  opened({ epoch }: Kernel): void {
    this.#from ??= epoch.first;
  }

  /** The first position of this run; what an image held before was another run's. */
  get from(): number {
    return this.#from ?? 1;
  }

  committed({ kernel, batch }: Commit): void {
    for (const message of batch.messages) {
      const { type, kind, correlation, position } = message;
      const root = correlation ?? position;
      this.#conversations.add(typeof root === 'string' ? root : kernel.idOf(root));
      if (kind !== 'event' && kind !== 'command') continue;
      const list = this.#byType.get(type);
      if (list) list.push(message);
      else this.#byType.set(type, [message]);
    }
  }

  /** The data of all messages of a type, in the order of the log. */
  dataOf(type: string): readonly unknown[] {
    return (this.#byType.get(type) ?? []).map(({ data, text }) => data ?? fromJsonText(text));
  }

  /** How many messages of each type were published (`event`) or sent (`command`), the first type first. */
  counts(kind: MessageKind): ReadonlyMap<string, number> {
    const lists = [...this.#byType].filter(([, [first]]) => first?.kind === kind);
    return new Map(lists.map(([type, list]) => [type, list.length]));
  }

  /** The ids of all conversations, in the order in which they began. */
  get conversations(): readonly string[] {
    return [...this.#conversations];
  }
}
