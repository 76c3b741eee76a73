import { createHmac, randomBytes } from 'node:crypto';
import { compactVerify } from 'jose';
import type { E164 } from '../../domain/phone/e164';
import { INSTALLATION_KEYS, type InstallationKey, Keyring } from '../../platform/keys/keyring';
import { AuthorizationTokens } from './authorization-token';

const CALL = {
  callId: '0193a000-0000-7000-8000-000000000000',
  expiresAt: 1_763_600_000_000,
  to: '+8613800138000' as E164,
  campaignId: 'spring-card',
  callerId: '95588',
};

describe('authorization tokens', () => {
  const keys = Object.fromEntries(INSTALLATION_KEYS.map((id) => [id, randomBytes(32)]));
  const keyringWith = (more: Record<string, Buffer>): Keyring =>
    new Keyring(randomBytes(32), { ...(keys as Record<InstallationKey, Buffer>), ...more });
  const keyring = keyringWith({});
  const tokens = new AuthorizationTokens(keyring);
  const labelled = (label: string): Buffer => createHmac('sha256', keyring.tokenKey).update(label).digest();

  it('are signed and bound with two keys, neither of which is the one they come from', async () => {
    const token = tokens.issue(CALL);
    const { payload } = await compactVerify(token, labelled('quietline/token-sign/v1'));
    const { bind } = JSON.parse(Buffer.from(payload).toString('utf8')) as { bind: string };
    const bound = `${CALL.to}|${CALL.campaignId}|${CALL.callerId}`;
    expect(bind).toBe(
      createHmac('sha256', labelled('quietline/token-bind/v1')).update(bound).digest('base64url'),
    );
    await expect(compactVerify(token, keyring.tokenKey)).rejects.toThrow('signature');
  });

  it('read what this installation signed, and nothing else', () => {
    const token = tokens.issue(CALL);
    expect(tokens.read(token)).toMatchObject({ jti: CALL.callId, exp: CALL.expiresAt });
    const other = new AuthorizationTokens(keyringWith({ token: randomBytes(32) }));
    expect(other.read(token)).toBeUndefined();
  });
});
