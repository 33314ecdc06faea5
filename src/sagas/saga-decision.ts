// What one turn of a saga wants, collected in the kernel's terms.
import { checkData, keyOf, type AnyContract } from '../runtime/message/contract.ts';
import { toFrozenJson, toJsonText, type Json } from '../runtime/message/json.ts';
import { Decision } from '../runtime/turn/decision.ts';

export class SagaDecision {
  readonly decision: Decision = new Decision();

  /** Sends or publishes; a command with a token gets its reply back. Returns the data as stored. */
  send(contract: AnyContract, data: unknown, token?: string): Json {
    const checked = checkData(contract, data);
    (this.decision.outgoing ??= []).push({
      contract,
      data: checked,
      text: toJsonText(checked, 'data'),
      key: keyOf(contract, checked),
      delayMs: undefined,
      ttlMs: undefined,
      headers: undefined,
      token,
    });
    return checked;
  }

  /** Starts the task of a step in a lane of its own: branches run side by side. */
  startTask(src: string, { n, input }: { readonly n: number; readonly input: Json }): void {
    this.#start({ handler: taskHandler(src), type: `task.${src}`, lane: String(n) }, { n, input });
  }

  /** Runs a named action after the commit; the actions of an instance run in their order. */
  startAction(src: string, data: unknown): void {
    this.#start({ handler: actionHandler(src), type: `action.${src}`, lane: 'actions' }, data);
  }

  #start(of: { readonly handler: string; readonly type: string; readonly lane: string }, data: unknown): void {
    const stored = toFrozenJson(data, of.type);
    const text = toJsonText(stored, of.type);
    (this.decision.starts ??= []).push({ ...of, version: 1, kind: 'tick', data: stored, text });
  }

  /** One that this turn starts is not started at all. */
  cancelTask(n: number): void {
    const lane = String(n);
    const { starts = [] } = this.decision;
    const others = starts.filter(start => start.lane !== lane);
    if (others.length < starts.length) this.decision.starts = others;
    else (this.decision.cancelledTasks ??= []).push(lane);
  }

  /**
   * Arms a timer of this instance that comes back as `tick`; one per id. Time while the process is down counts on the
   * wall only.
   */
  arm(id: string, when: { readonly delayMs: number; readonly clock?: 'wall' | 'up' }, tick: object): void {
    (this.decision.timers ??= []).push({ id, clock: 'wall', ...when, send: { tick: toFrozenJson(tick, 'timer') } });
  }

  cancel(id: string): void {
    const { timers = [] } = this.decision;
    const others = timers.filter(timer => timer.id !== id);
    if (others.length < timers.length) this.decision.timers = others;
    else (this.decision.cancelled ??= []).push(id);
  }
}

/** Ids of handlers, stored with open work. */
export const taskHandler = (src: string): string => `task/${src}`;
export const actionHandler = (src: string): string => `action/${src}`;
