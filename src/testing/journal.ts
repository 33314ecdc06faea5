// Journal: what a run has committed, kept by the test kit for looking back, whatever retention removes.
import type { LoggedMessage } from '../runtime/store/records.ts';
import { fromJsonText } from '../runtime/message/json.ts';
import type { Commit, CommitObserver } from './observer.ts';

export class Journal implements CommitObserver {
  readonly #byType = new Map<string, LoggedMessage[]>();
  readonly #conversations = new Set<string>();

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

  /** The ids of all conversations, in the order in which they began. */
  get conversations(): readonly string[] {
    return [...this.#conversations];
  }
}
