// simulate: plays a scenario on many seeds, each with its own interleaving and faults, and names the run that breaks.
import type { App } from '../app.ts';
import type { SimulateOptions } from './simulate-options.ts';
import type { Scenario } from './run-options.ts';
import { SimulationPlay } from './simulation-play.ts';
import type { SimulationReport } from './tally.ts';

/**
 * Plays a scenario once per seed. The seed decides the interleaving of addresses and tasks, how long things take, and
 * which faults strike when (FoundationDB's simulation, TigerBeetle's VOPR); when the scenario is over faults end, and
 * everything must come to rest.
 *
 * @example
 * ```ts
 * await simulate(app, async ({ client }) => {
 *   await client.publish(OrderPlaced, { orderId: '1', cents: 4200 });
 * }, { seeds: 500, invariants: [once(PaymentCharged).per('key')] });
 * ```
 *
 * @throws SimulationFailedError `simulation-failed`, with the seed, the faults that are needed, and a timeline
 * @throws TroupeError `invalid-options`
 */
export async function simulate(
  app: App | (() => App),
  scenario: Scenario,
  options: SimulateOptions = {},
): Promise<SimulationReport> {
  return new SimulationPlay(app, scenario, options).run();
}
