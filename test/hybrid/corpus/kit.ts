// Shapes of contracts and the input of steps that the apps of the corpus share.
import { z } from 'zod';

/** What most cases of the corpus are: something with a name, and an amount. */
export interface Case {
  readonly id: string;
  readonly cents: number;
}

const byId = (data: { readonly id: string }): string => data.id;

/** A message about one thing. */
export const about = { data: z.object({ id: z.string() }), key: byId };

/** A message about an amount. */
export const money = { data: z.object({ id: z.string(), cents: z.int() }), key: byId };

/** A reply that may refuse. */
export const ok = z.object({ ok: z.boolean() });

/** Makes the whole context the input of a step. */
export const whole = <Context>({ context }: { readonly context: Context }): Context => context;
