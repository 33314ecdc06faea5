// Living claims: whether each claim belongs to an instance that runs, or to one that something can still start (K25).
import type { Audit } from './audit.ts';

interface Living {
  readonly command: string;
  readonly key: string;
  readonly address: string;
  readonly status: string | null;
}

/** A saga that reads the log later may find its start there. */
const LIVING = `select c.command, c.key, c.saga || '/' || c.saga_key as address, s.status
  from troupe_claims c left join troupe_states s on s.address = c.saga || '/' || c.saga_key
  where c.ended is null and s.status is not 'running' and (s.status is not null or (
    (c.saga, c.saga_key) not in (
      select b.name, d.key from troupe_deliveries d join troupe_subscriptions b on b.id = d.subscription
      union select name, key from troupe_dead_letters
    )
    and c.saga not in (select name from troupe_subscriptions where cursor is not null)
  ))`;

/** Claims that make others give way for ever, with nobody to do the work. */
export function checkClaims(audit: Audit): readonly string[] {
  return audit.rows<Living>(LIVING).map(({ command, key, address, status }) => {
    const why = status === null ? 'nothing can start it' : `it is ${status}`;
    return `${command} ${key} is claimed by ${address}, and ${why}`;
  });
}
