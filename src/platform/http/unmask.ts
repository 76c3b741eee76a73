import type { FastifyRequest } from 'fastify';
import { hasRole } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { actorOf } from '../auth/current-actor';

const MAX_REASON = 500;

/**
 * Why the caller wants to see numbers whole, or undefined where it does not ask to (RULINGS 18). The reason is part
 * of the record of the read, so the use case writes it down.
 * @throws AppError FORBIDDEN for every role but `compliance` and `auditor`: asking in vain must not look like an answer.
 */
export function unmaskReasonOf(request: FastifyRequest): string | undefined {
  const header = request.headers['x-unmask-reason'];
  if (header === undefined) return undefined;
  if (!hasRole(actorOf(request), 'compliance', 'auditor')) {
    throw new AppError('FORBIDDEN', { detail: 'Only compliance and auditors see numbers unmasked.' });
  }
  // Node hands headers over as Latin-1; reasons are written in the language of the house.
  const reason = Buffer.from(String(header), 'latin1').toString('utf8').trim();
  if (reason === '' || reason.length > MAX_REASON) {
    throw new AppError('MALFORMED', { detail: `X-Unmask-Reason must have 1 to ${MAX_REASON} characters.` });
  }
  return reason;
}
