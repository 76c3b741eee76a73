import { Type } from '@sinclair/typebox';
import { AppError, invalidMember } from '../../contracts/app-error';
import type { E164 } from '../../domain/phone/e164';
import { parseNumber } from '../../domain/phone/parse-number';
import type { WordTarget } from './subjects.port';

export const CustomerId = Type.String({
  minLength: 1,
  maxLength: 128,
  description: "The institution's own id of the customer.",
});
export const NumberText = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'E.164, or national format with `region`.',
});
export const Region = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2.' });

/** Members by which a body names whose word it brings: a number or a customer, never both. */
export const targetMembers = {
  number: Type.Optional(NumberText),
  region: Type.Optional(Region),
  customerId: Type.Optional(CustomerId),
};

export interface TargetBody {
  number?: string;
  region?: string;
  customerId?: string;
}

/** @throws AppError INVALID unless exactly one of `number` and `customerId` is there and means something. */
export function readTarget(body: TargetBody): WordTarget & ({ number: E164 } | { customerId: string }) {
  const { number, region, customerId } = body;
  if (number !== undefined && customerId === undefined)
    return { number: readNumber(number, region, '/number') };
  if (customerId !== undefined && number === undefined) return { customerId };
  throw new AppError('INVALID', {
    detail: 'Name either a number or a customerId.',
    errors: [{ pointer: '', code: 'ONE_OF', detail: 'Exactly one of number and customerId is needed.' }],
  });
}

/** @throws AppError INVALID for what cannot be a person's telephone: nobody can be rung there, so nothing binds it. */
export function readNumber(text: string, region: string | undefined, pointer: string): E164 {
  const verdict = parseNumber(text, region);
  if (verdict.kind === 'valid') return verdict.e164;
  const code = verdict.kind === 'invalid' ? 'NUMBER_INVALID' : 'NUMBER_NOT_CALLABLE';
  throw invalidMember(pointer, `This is not the number of a person's telephone: ${verdict.why}.`, code);
}
