// Reactions to events: TR107, TR110 and TR111.
import type { Rule } from './rule.ts';

export const reactions: Rule = () => [];
