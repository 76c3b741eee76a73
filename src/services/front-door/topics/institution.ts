import type { Actor } from '../../../contracts/actor';
import { uuidOfName } from '../../../platform/ids/uuid-of-name';

/**
 * Whoever may write to the inbound topics: the institution's own systems (RULINGS 17). A record proves no client, so all
 * of them are this one: it is bound to no vendor, and adds refusals but releases none.
 */
export const INSTITUTION: Actor = {
  clientId: uuidOfName('kafka', 'institution'),
  name: 'The institution (Kafka)',
  kind: 'system',
  roles: ['dialer', 'marketing', 'care', 'carrier'],
  builtIn: true,
};
