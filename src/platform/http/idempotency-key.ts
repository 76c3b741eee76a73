import type { FastifyRequest } from 'fastify';
import { AppError } from '../../contracts/app-error';

/** A structured-field string (RFC 9651 section 3.3.3): printable ASCII in quotes, which are part of the syntax. */
const SF_STRING = /^"((?:[ !#-[\]-~]|\\["\\])+)"$/;
const MAX_KEY = 255;

/** The key of the `Idempotency-Key` header, or undefined where there is none. @throws AppError MALFORMED */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = typeof header === 'string' ? SF_STRING.exec(header.trim())?.[1] : undefined;
  if (key === undefined || key.length > MAX_KEY) {
    throw new AppError('MALFORMED', {
      detail: `Idempotency-Key must be a quoted string of 1 to ${MAX_KEY} printable ASCII characters.`,
    });
  }
  return key;
}
