// The invariant that the asks of clients have an order that explains their replies, address by address.
import type { AnyCommand, DataOf, ReplyOf } from '../runtime/message/contract.ts';
import type { AskedCommand } from './client.ts';
import { recordHistory } from './history.ts';
import { checkLinearizable } from './history-checker.ts';
import type { Invariant } from './invariants.ts';

/** What commands mean to one address, one at a time. */
export interface CommandModel<State, C extends AnyCommand> {
  /** The state of an address before its first command. */
  init(key: string): State;
  /** The state after a command, or `undefined` where it cannot be answered so. */
  step(state: State, data: DataOf<C>, reply: ReplyOf<C>): State | undefined;
}

/**
 * The replies of a command can be explained by some order of the asks at each address in which each takes effect
 * between its beginning and its end (linearizability, Herlihy and Wing 1990).
 */
export function linearizable<State, C extends AnyCommand>(command: C, model: CommandModel<State, C>): Invariant {
  return {
    name: `${command.type} is linearizable`,
    begin: () => {
      const history = recordHistory<AskedCommand>();
      let clients = 0;
      return {
        asks: asked => {
          if (asked.type !== command.type) return () => {};
          clients += 1;
          const invocation = history.invoke(`ask ${clients}`, asked);
          return reply => invocation.ok(reply);
        },
        end: () => {
          const { verdict, text } = checkLinearizable(history, {
            partition: ({ key }: AskedCommand) => key,
            init: key => model.init(key),
            step: (state: State, { data }: AskedCommand, reply: unknown) =>
              model.step(state, data, reply as ReplyOf<C>),
          });
          return verdict === 'ok' ? undefined : text;
        },
      };
    },
  };
}
