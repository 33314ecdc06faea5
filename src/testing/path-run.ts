// Running a path: makes happen on a test runtime what happens in the model of a saga, and compares the two.
import { TroupeError } from '../runtime/errors.ts';
import { formatAddress } from '../runtime/message/address.ts';
import type { CommandContract, EventContract } from '../runtime/message/contract.ts';
import type { LoggedMessage } from '../runtime/store/records.ts';
import { Act } from '../runtime/turn/input.ts';
import { settle } from '../runtime/turn/settle.ts';
import { isSame } from '../sagas/history.ts';
import { childContracts } from '../sagas/child-contracts.ts';
import type { Answer } from '../sagas/model-samples.ts';
import type { Deed } from '../sagas/model.ts';
import { programOf } from '../sagas/program.ts';
import type { Saga } from '../sagas/saga.ts';
import { pending } from './interference.ts';
import type { Rig } from './rig.ts';
import type { SagaPathStep } from './saga-paths.ts';
import { rigOf, type TestRuntime } from './test-runtime.ts';
import type { Withholding } from './withheld.ts';

/** A contract whose data was checked before. */
type Anyhow<Kind> = Kind extends 'event'
  ? EventContract<string, unknown, unknown>
  : CommandContract<string, unknown, unknown, unknown>;

/** What is run. */
export interface PathCase {
  readonly saga: Saga;
  readonly key: string;
  readonly title: string;
  readonly steps: readonly SagaPathStep[];
}

export class PathRun {
  readonly #runtime: TestRuntime;
  readonly #rig: Rig;
  readonly #case: PathCase;
  readonly #address: string;
  /** How tasks end that may start now, by their name. */
  readonly #ends = new Map<string, Answer[]>();

  constructor(runtime: TestRuntime, of: PathCase) {
    this.#runtime = runtime;
    this.#rig = rigOf(runtime);
    this.#case = of;
    this.#address = formatAddress(of.saga.name, of.key);
  }

  async play(): Promise<void> {
    const { saga, key, steps } = this.#case;
    if (this.#runtime.sagas.get(saga, key)) {
      const problem = `There is a ${this.#address} already`;
      throw new TroupeError('invalid-options', `${problem}. Run each path on a test runtime of its own.`);
    }
    this.#rig.withheld.add(this.#isDecidedHere);
    this.#stubTasks();
    for (const [at, { causes }] of steps.entries()) {
      this.#foresee(at);
      for (const deed of causes) await this.#do(deed, at);
      // Tasks end at once, so the runtime is at the last of these steps already.
      if (!isEnd(steps[at + 1])) this.#compare(at);
    }
  }

  /** Commands of the instance wait for the answer of the path, and it hears no event but those of the path. */
  readonly #isDecidedHere: Withholding = ({ kind, source }, { subscription, key }) => {
    if (source === this.#address) return kind === 'command';
    const isForIt = subscription.registration.behavior.name === this.#case.saga.name && key === this.#case.key;
    return isForIt && kind === 'event' && source !== EDGE;
  };

  #stubTasks(): void {
    const { saga } = this.#case;
    for (const { src } of programOf(saga).tasks()) {
      this.#runtime.stub({ of: saga, on: src }, () => {
        const answer = this.#ends.get(src)?.shift();
        if (!answer) return pending;
        return answer.ok ? answer.value : toFinal(answer.error);
      });
    }
  }

  #foresee(at: number): void {
    const { steps } = this.#case;
    if (at > 0 && isEnd(steps[at])) return;
    this.#ends.clear();
    for (let next = at + 1; isEnd(steps[next]); next += 1) {
      for (const deed of steps[next]?.causes ?? []) {
        if (deed.kind === 'end') this.#ends.set(deed.src, [...(this.#ends.get(deed.src) ?? []), deed.answer]);
      }
    }
  }

  async #do(deed: Deed, at: number): Promise<void> {
    if (deed.kind === 'publish') await this.#publish(deed);
    else if (deed.kind === 'answer') await this.#answer(deed, at);
    else if (deed.kind === 'wait') await this.#wait(at);
  }

  async #publish({ type, data }: Extract<Deed, { kind: 'publish' }>): Promise<void> {
    const { saga } = this.#case;
    const { start } = childContracts(saga.name);
    const contract = [start, ...saga.bindings.map(one => one.contract)].find(one => one.type === type);
    if (contract?.kind === 'command') await this.#runtime.send(contract as Anyhow<'command'>, data);
    else await this.#runtime.publish(contract as Anyhow<'event'>, data);
  }

  /** Settles a command as its owner would, in a commit of its own. */
  async #answer({ type, token, answer }: Extract<Deed, { kind: 'answer' }>, at: number): Promise<void> {
    const { kernel } = this.#rig.current;
    const { deliveries, messages } = kernel.store;
    const open = deliveries.all().map(({ id, message }) => ({ id, message: messages.get(message) }));
    const command = open.find(({ message }) => message && this.#isSentAs(message, type, token));
    if (!command?.message) throw this.#differs(at, `no ${type} waits for its reply`);
    const { id, message } = command;
    const act = new Act(drain => {
      deliveries.close(id);
      settle(drain, message, answer);
    });
    kernel.submit(act);
    await Promise.all([act.done, this.#rig.settle()]);
    await this.#rig.settle();
  }

  #isSentAs({ source, type, replyTo }: LoggedMessage, sent: string, token: string): boolean {
    if (source !== this.#address || type !== sent || replyTo === null) return false;
    const [, , asked] = JSON.parse(replyTo) as readonly [string, string, string];
    return asked === token;
  }

  /** To the next timer of the instance, whatever its jitter was. */
  async #wait(at: number): Promise<void> {
    const { saga } = this.#case;
    const next = this.#runtime.timers(saga).find(({ address }) => address === this.#address);
    if (!next) throw this.#differs(at, 'no timer is armed');
    await this.#runtime.advance(Math.max(0, next.due - this.#runtime.now()));
  }

  #compare(at: number): void {
    const { saga, key, steps } = this.#case;
    const step = steps[at];
    const found = this.#runtime.sagas.get(saga, key);
    if (!found) throw this.#differs(at, 'there is no saga');
    if (isSame(found.state as never, step?.state as never) && found.status === step?.status) return;
    throw this.#differs(at, `the saga is ${found.status} in ${JSON.stringify(found.state)}`);
  }

  #differs(at: number, found: string): TroupeError {
    const { title, steps } = this.#case;
    const step = steps[at];
    const where = `step ${at + 1}, ${step?.title}, of the path that ${title}`;
    const expected = `the machine is ${step?.status} in ${JSON.stringify(step?.state)}`;
    const text = `${this.#address} differs at ${where}: ${expected}, but ${found}.\n${this.#runtime.timeline()}`;
    return new TroupeError('path-differs', text);
  }
}

/** What is published by the test has this source. */
const EDGE = 'edge';

const isEnd = (step: SagaPathStep | undefined): boolean => step?.causes[0]?.kind === 'end';

/** A refusal of ours is not tried again. */
function toFinal({ name, message }: Extract<Answer, { ok: false }>['error']): TroupeError {
  return Object.defineProperty(new TroupeError('handler-failed', message), 'name', { value: name });
}
