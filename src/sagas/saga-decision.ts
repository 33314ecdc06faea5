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

  /**
   * Arms a timer of this instance that comes back as `tick`; one per id. Time while the process is down counts on the
   * wall only.
   */
  arm(id: string, when: { readonly delayMs: number; readonly clock?: 'wall' | 'up' }, tick: object): void {
    this.cancel(id);
    (this.decision.timers ??= []).push({ id, clock: 'wall', ...when, send: { tick: toFrozenJson(tick, 'timer') } });
  }

  cancel(id: string): void {
    (this.decision.cancelled ??= []).push(id);
    this.decision.timers = this.decision.timers?.filter(timer => timer.id !== id);
  }
}
