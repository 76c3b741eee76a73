import { Injectable } from '@nestjs/common';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { E164 } from '../../domain/phone/e164';
import type { Instant } from '../../domain/time/instant';
import { Keyring } from '../../platform/keys/keyring';

const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');

interface TokenClaims {
  /** The call id. */
  jti: string;
  /** End of the authorization in milliseconds, because a token is cut to the exact end of a window. */
  exp: Instant;
  /** HMAC(to | campaign | callerId): the token travels in SIP and must hold no number (SHAPES, "Redeem"). */
  bind: string;
}

/**
 * One-use tokens: a compact JWS with HS256 (RFC 7515). Only the gateway redeems them, so nothing would be gained by a
 * slower signature (RULINGS 6). Signed here directly because a library's asynchronous signer costs ten times as much
 * on the decision's path; the tests verify every token with an independent JOSE library.
 */
@Injectable()
export class AuthorizationTokens {
  /** One key for each use, so that neither says anything of the other (NIST SP 800-108r1). */
  private readonly signKey: Buffer;
  private readonly bindKey: Buffer;

  constructor(keyring: Keyring) {
    this.signKey = derived(keyring.tokenKey, 'quietline/token-sign/v1');
    this.bindKey = derived(keyring.tokenKey, 'quietline/token-bind/v1');
  }

  /** The same call gives the same token, so a repeated request is answered with the same bytes (RULINGS 7). */
  issue(call: {
    callId: string;
    expiresAt: Instant;
    to: E164;
    campaignId: string;
    callerId: string;
  }): string {
    const bind = this.bind(call.to, call.campaignId, call.callerId);
    const claims = Buffer.from(`{"bind":"${bind}","exp":${call.expiresAt},"jti":"${call.callId}"}`);
    const signed = `${HEADER}.${claims.toString('base64url')}`;
    return `${signed}.${this.sign(signed)}`;
  }

  /** The claims of a token that this installation signed; undefined for anything else. Says nothing about its life. */
  read(token: string): TokenClaims | undefined {
    const [header, claims, signature, ...rest] = token.split('.');
    if (header !== HEADER || claims === undefined || signature === undefined || rest.length > 0)
      return undefined;
    const expected = Buffer.from(this.sign(`${header}.${claims}`));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as TokenClaims;
  }

  bind(to: string, campaignId: string, callerId: string): string {
    return createHmac('sha256', this.bindKey).update(`${to}|${campaignId}|${callerId}`).digest('base64url');
  }

  private sign(text: string): string {
    return createHmac('sha256', this.signKey).update(text).digest('base64url');
  }
}

const derived = (key: Buffer, label: string): Buffer => createHmac('sha256', key).update(label).digest();
