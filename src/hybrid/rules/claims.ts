// Claims and the handlers that give way to them: TR105 and TR106.
import type { Rule } from './rule.ts';

export const claims: Rule = () => [];
