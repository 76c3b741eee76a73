import type { FastifyRequest } from 'fastify';
import { type Role, ROLES } from '../../contracts/actor';
import { unmaskReasonOf } from './unmask';

/** As Node hands it over: the header's bytes as Latin-1. */
function request(role: Role, reason?: string): FastifyRequest {
  const header = reason === undefined ? undefined : Buffer.from(reason, 'utf8').toString('latin1');
  return {
    actor: { clientId: 'c', name: 'n', kind: 'person', roles: [role] },
    headers: header === undefined ? {} : { 'x-unmask-reason': header },
  } as unknown as FastifyRequest;
}

describe('X-Unmask-Reason (RULINGS 18)', () => {
  it.each(ROLES)('is nobody’s duty: %s reads masked without it', (role) => {
    expect(unmaskReasonOf(request(role))).toBeUndefined();
  });

  it.each(ROLES)('unmasks for compliance and auditors only: %s', (role) => {
    const ask = (): string | undefined => unmaskReasonOf(request(role, 'complaint 7'));
    if (role === 'compliance' || role === 'auditor') expect(ask()).toBe('complaint 7');
    else expect(ask).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });

  it('may be written in the language of the house', () => {
    expect(unmaskReasonOf(request('auditor', ' 处理投诉 '))).toBe('处理投诉');
  });

  it.each(['', '   ', 'x'.repeat(501)])('must say something, and not too much: "%s"', (reason) => {
    expect(() => unmaskReasonOf(request('auditor', reason))).toThrow(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
  });
});
