// The rules of `check`, in the order of their codes.
import { claims } from './claims.ts';
import { doubleTriggers } from './double-trigger.ts';
import { persistsAndCallsOut } from './handlers.ts';
import { independentSteps } from './independent-steps.ts';
import {
  commandsLikeFacts,
  eventsLikeRequests,
  eventsNeverConsumed,
  eventsNeverPublished,
  unhandledCommands,
} from './messages.ts';
import { moduleCycles, privateContracts } from './modules.ts';
import { reactions } from './reactions.ts';
import type { Rule } from './rule.ts';
import { sagasTooBig, tasksWithoutTimeout, waitsWithoutTimeout } from './sagas.ts';
import { stepsWithoutUndo, undosThatNeverRun } from './undo.ts';
import { stepEffects } from './step-effects.ts';
import { upcasterGaps } from './versions.ts';

export const RULES: readonly Rule[] = [
  doubleTriggers,
  claims,
  reactions,
  stepEffects,
  waitsWithoutTimeout,
  tasksWithoutTimeout,
  stepsWithoutUndo,
  undosThatNeverRun,
  sagasTooBig,
  independentSteps,
  unhandledCommands,
  eventsNeverPublished,
  eventsNeverConsumed,
  upcasterGaps,
  persistsAndCallsOut,
  commandsLikeFacts,
  eventsLikeRequests,
  privateContracts,
  moduleCycles,
];
