import type { Actor } from '../../../contracts/actor';
import { invalidMember } from '../../../contracts/app-error';
import { isKnownZone } from '../../../domain/time/zones';
import { readNumber } from '../word-target';
import type { PersonBody } from '../people/people.dto';
import type { PersonInput } from '../people/put-person';

/** What the body means. @throws AppError INVALID naming the member */
export function readPerson(customerId: string, body: PersonBody, actor: Actor): PersonInput {
  const { numbers: written, region, ...known } = body;
  const numbers = [...new Set(written.map((text, index) => readNumber(text, region, `/numbers/${index}`)))];
  if (known.timeZone !== undefined && !isKnownZone(known.timeZone)) {
    throw invalidMember('/timeZone', 'There is no such time zone.', 'UNKNOWN_ZONE');
  }
  return { customerId, numbers, known, actor };
}
