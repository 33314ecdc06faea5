// The public API.
import { assertNodeVersion } from './runtime/platform/node-version.ts';

export { defineApp, defineModule, defineSchedule } from './app.ts';
export type { App, AppOptions, Module, ModuleOptions } from './app.ts';
export { createRuntime } from './create-runtime.ts';
export type { Runtime, RuntimeOptions } from './create-runtime.ts';

export { defineActor } from './actors/actor.ts';
export type { Actor, ActorOptions, HandlerDefinition } from './actors/actor.ts';
export type {
  ActorContext,
  ContextOf,
  HandlerContext,
  HandlerOf,
  ReplyFor,
  SendOptions,
  TaskContext,
  TimerOptions,
} from './actors/context.ts';
export type { HandlerOptions, TaskFailure, TaskOptions, TaskSteps } from './actors/handler-options.ts';

export { command, isRefused } from './sagas/command.ts';
export type { CommandOptions, CommandRefused } from './sagas/command.ts';
export type { Compensation } from './sagas/leaf-options.ts';
export type { StepError } from './sagas/step-error.ts';
export { task, type TaskStepOptions } from './sagas/task.ts';
export { isChildFailed, saga, type ChildSagaOptions } from './sagas/child-saga.ts';
export type { ChildFailed } from './sagas/child-contracts.ts';
export type { DurableLogic, TaskArgs } from './sagas/leaf.ts';
export type { SagaStatus } from './sagas/record.ts';
export { defineSaga } from './sagas/saga.ts';
export type { ClaimedCommand, Correlation, Saga, SagaOptions, SagaTypes } from './sagas/saga.ts';
export { SagaRefusedError } from './sagas/lint.ts';
export type { Finding, LintCode } from './sagas/lint-rules.ts';
export {
  enterMissingStates,
  forgetHistory,
  mapContext,
  migration,
  rearm,
  renameActor,
  renameDelay,
  renameInvoke,
  renameState,
  startMissingInvokes,
  startMissingTimers,
  stopInvoke,
} from './sagas/migrations.ts';
export type { DelayName, Migration, MigrationOptions } from './sagas/migrations.ts';
export type { HeldReason } from './sagas/load.ts';
export type { Incompatibility, IncompatibilityCode } from './sagas/compat.ts';
export type { StoredActor, StoredCall, StoredMachine, StoredTree, Wanted } from './sagas/stored-machine.ts';
export type { SagaReport, StateReport, Survey, UnknownSaga } from './sagas/survey.ts';
export { checkDatabase } from './check-database.ts';
export type { DatabaseOptions, DatabaseReport } from './check-database.ts';
export type { Orphan } from './runtime/turn/orphans.ts';
export type { ActorReport } from './actors/actor-survey.ts';
export type { MessageReport } from './hybrid/message-survey.ts';
export type { SagaInstance, SagaStep, SagaTimer } from './sagas/instance-view.ts';
export type { ListOptions, SagaOperations, Until } from './sagas/saga-operations.ts';
export type { ContextDiff, HistoryMessage, SagaTransition } from './sagas/history.ts';
export type { ActionName, SqlOf, SqlOption, TransactionActions, TransactionArgs } from './sagas/in-transaction.ts';

export { compareContracts } from './hybrid/compare-contracts.ts';
export type { CompareOptions } from './hybrid/compare-contracts.ts';
export type { ContractFinding, ContractFindingCode } from './hybrid/contract-finding.ts';
export { lockContracts } from './hybrid/contract-lock.ts';
export type { ContractLock, LockedContract, LockedRevision } from './hybrid/contract-lock.ts';
export type { JsonSchema } from './hybrid/json-schema.ts';
export { FlowOverdue } from './hybrid/flow-overdue.ts';
export type { FlowOverdueData } from './hybrid/flow-overdue.ts';
export { expect } from './hybrid/monitor.ts';
export type { Expectation, Monitor, MonitorKeys, MonitorOptions } from './hybrid/monitor.ts';

export { defineCommand, defineEvent } from './runtime/message/contract.ts';
export type {
  AnyCommand,
  AnyContract,
  AnyEvent,
  CommandContract,
  Contract,
  ContractOptions,
  DataOf,
  EventContract,
  InputOf,
  Message,
  MessageOf,
  NoReply,
  ReadonlyDeep,
  ReplyOf,
  Storable,
  Upcaster,
} from './runtime/message/contract.ts';
export type { Duration } from './runtime/message/duration.ts';
export type { Headers } from './runtime/message/headers.ts';
export { advise, renderAdvice } from './hybrid/advise.ts';
export type { Advice, ObservedFlow } from './hybrid/advise.ts';
export type { Signal, SignalName } from './hybrid/signals.ts';
export { impact } from './hybrid/impact.ts';
export { renderImpact } from './hybrid/render-impact.ts';
export type { Change, Impact, LiveInstances, Touched, TouchedInstances } from './hybrid/impact.ts';
export { observe } from './hybrid/observed.ts';
export type { Observation, ObservedEdge, ObservedMessage, ObservedTrace } from './hybrid/observed.ts';
export { renderWiring } from './hybrid/render-wiring.ts';
export type { WiringFormat } from './hybrid/render-wiring.ts';
export { check } from './hybrid/check.ts';
export { renderReport } from './hybrid/render-report.ts';
export type { CheckCode, Level } from './hybrid/codes.ts';
export type { CheckFinding, CheckOptions, CheckReport, WaivedFinding, WayStep } from './hybrid/finding.ts';
export { extract, renderExtract } from './hybrid/extract.ts';
export type { ExtractChange, ExtractCode } from './hybrid/seam.ts';
export { describeModules, renderModules } from './hybrid/module-report.ts';
export type { ModuleNeed, ModuleReport, SeamContract } from './hybrid/module-report.ts';
export type {
  WiredActor,
  WiredContract,
  WiredEdge,
  WiredHandler,
  WiredModule,
  WiredMonitor,
  WiredSaga,
  WiredSchedule,
  WiredState,
  WiredStep,
  WiredSubscription,
  Wiring,
} from './hybrid/wiring.ts';
export type { Definitions, ModuleDefinition } from './hybrid/definitions.ts';
export type { Waiver } from './runtime/message/waiver.ts';
export type { Logger } from './runtime/platform/logger.ts';
export type { TurnLog } from './runtime/turn/behavior.ts';
export { toCloudEvent } from './runtime/message/envelope.ts';
export type { CloudEvent, CloudEventOptions, Envelope } from './runtime/message/envelope.ts';
export { Fault } from './runtime/delivery/fault.ts';
export type { FaultData } from './runtime/delivery/fault.ts';
export type { EffectOptions, EffectPolicies, EffectPolicy } from './runtime/delivery/effect-rule.ts';
export type { Failure, RetryPolicy } from './runtime/delivery/retry.ts';
export { TroupeError } from './runtime/errors.ts';
export type { ErrorCode, TroupeErrorOptions } from './runtime/errors.ts';
export type { EffectOccurrence, EffectQuery, EffectRepeat, Effects } from './runtime/effects.ts';
export type { EffectState } from './runtime/store/records.ts';
export { StoreLockedError } from './runtime/store/lock.ts';
export { AskTimeoutError } from './runtime/turn/ask.ts';
export { CommitUnknownError } from './runtime/turn/commit-unknown.ts';
export type { Durability, LimitOptions, RetentionOptions } from './runtime/options.ts';
export type { AskOptions, Bus, IngressOptions, Receipt, Transaction } from './runtime/ingress.ts';
export type { DeadLetterEvent, EffectRepeatedEvent, LifecycleEvents, TurnEvent } from './runtime/trace/telemetry.ts';
export type {
  Conversation,
  ConversationListOptions,
  ConversationMonitor,
  Conversations,
  ConversationSaga,
  ConversationStatus,
  ConversationWork,
} from './runtime/trace/conversations.ts';
export type { InstanceCount, Named, Part, ReplayOptions, RuntimeInfo } from './runtime/operations.ts';
export { renderTrace } from './runtime/trace/render.ts';
export type { TraceFormat } from './runtime/trace/render.ts';
export type { Trace, TraceNode, TraceOpen, TraceTimer, TraceTurn } from './runtime/trace/trace.ts';
export type { Explanation, Reason } from './runtime/trace/why.ts';
export type { DeadLetter } from './runtime/turn/dead-letters.ts';
export type { Schedule, ScheduleOptions } from './runtime/turn/schedules.ts';

assertNodeVersion();
