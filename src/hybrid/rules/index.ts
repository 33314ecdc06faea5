// The rules of `check`, in the order of their codes.
import { claims } from './claims.ts';
import { doubleTriggers } from './double-trigger.ts';
import { reactions } from './reactions.ts';
import type { Rule } from './rule.ts';

export const RULES: readonly Rule[] = [doubleTriggers, claims, reactions];
