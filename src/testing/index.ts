// Public API of troupe/testing: named exports only.
export { createTestRuntime } from './create-test-runtime.ts';
export type { TestRuntimeOptions } from './create-test-runtime.ts';
export { measureCoverage } from './coverage.ts';
export type { Coverage, CoverageJson } from './coverage.ts';
export type { CoverageKind, CoveragePart, CoverageReport, CoverageThresholds } from './coverage-report.ts';
export { sagaPaths } from './saga-paths.ts';
export type { SagaPath, SagaPathsOptions, SagaPathStep } from './saga-paths.ts';
export type { Deed } from '../sagas/model.ts';
export type { Answer } from '../sagas/model-samples.ts';
export type { Commit, CommitObserver } from './observer.ts';
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
