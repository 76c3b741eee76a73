import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';

/** Systems may ask, never decide (RULINGS 24). @throws AppError PERSON_REQUIRED */
export function requirePerson(actor: Actor): void {
  if (actor.kind === 'person') return;
  throw new AppError('PERSON_REQUIRED', { detail: 'Systems may ask for this; a person decides it.' });
}

/** A person, and not the one who asked. @throws AppError PERSON_REQUIRED, SAME_PERSON */
export function requireAnotherPerson(actor: Actor, askedBy: string): void {
  requirePerson(actor);
  if (actor.clientId !== askedBy) return;
  throw new AppError('SAME_PERSON', { detail: 'Another person decides what you asked for.' });
}
