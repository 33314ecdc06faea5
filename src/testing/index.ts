// Public API of troupe/testing: named exports only.
export { createTestRuntime } from './create-test-runtime.ts';
export type { TestRuntimeOptions } from './create-test-runtime.ts';
export { TestRuntime } from './test-runtime.ts';
export type { ArmedTimer, Held } from './test-runtime.ts';
export { pending } from './interference.ts';
export type { Effect, HandlerOf } from './interference.ts';
export type { CommitFailure } from './commit-failure.ts';

export { testActor } from './test-actor.ts';
export type { ActorTest, ActorTestOptions, TaskTestOptions } from './test-actor.ts';
export type { ActorOutcome, TaskOutcome, TestMessage, TestReply, TestStart, TestTimer } from './actor-outcome.ts';
export type { TestMessageOptions } from './lone-actor.ts';
export type { TestLogLine } from './lone-turn.ts';
export type { TestSleep } from './lone-task.ts';
export { simulate, SimulationFailedError } from './simulate.ts';
export type { SimulateOptions, SimulationProgress } from './simulate.ts';
export type { SimulationReport } from './tally.ts';
export type { Scenario, ScenarioTools } from './simulated-run.ts';
export type { Client } from './client.ts';
export { faultKinds } from './faults.ts';
export type { FaultKind } from './faults.ts';
export { always, eventually, leadsTo, noDeadLetters, once } from './invariants.ts';
export type { Condition, Invariant, InvariantCheck, Once, SeenMessage } from './invariants.ts';
