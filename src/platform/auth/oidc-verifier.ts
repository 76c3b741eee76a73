import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { OidcConfig } from '../../config/load-config';
import { type Role, ROLES } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { type Instant, SECOND } from '../../domain/time/instant';
import type { SignedInPerson } from './client-directory';

const DISCOVERY_TIMEOUT_MS = 5_000;
/** Clocks of the issuer and of this machine may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** Signatures that anybody with the public key can check; `none` and shared secrets are not among them. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/**
 * Verifies access or id tokens of one issuer (OpenID Connect Discovery 1.0, RFC 7519). Keys are fetched when first
 * needed and again when a token names one we do not know, so the issuer may be down while this process starts.
 */
export class OidcVerifier {
  private keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(
    private readonly config: OidcConfig,
    private readonly now: () => number,
  ) {}

  /** @throws AppError UNAUTHENTICATED for a token that is not valid, DECISION_UNAVAILABLE when keys cannot be had. */
  async verify(token: string): Promise<SignedInPerson> {
    const claims = await this.claimsOf(token);
    if (claims.sub === undefined || claims.sub === '') throw refused('The token names nobody.');
    return {
      issuer: this.config.issuer,
      subject: claims.sub,
      name: nameOf(claims) ?? claims.sub,
      roles: rolesOf(claims, this.config.rolesClaim),
      issuedAt: this.issuedAt(claims),
    };
  }

  private async claimsOf(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, await this.keySet(), {
        issuer: this.config.issuer,
        audience: this.config.audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.now()),
        requiredClaims: ['exp'],
      });
      return payload;
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      if (isFaultOfToken(cause)) throw refused('The token is not valid here.', cause);
      throw unavailable(cause);
    }
  }

  /**
   * OpenID Connect Core 1.0 section 2 and RFC 9068 section 2.2 demand `iat`. One from the future would be newer than
   * every token to come, and its roles could not be withdrawn any more.
   */
  private issuedAt({ iat }: JWTPayload): Instant {
    if (iat === undefined || iat < 0 || iat > this.now() / SECOND + CLOCK_TOLERANCE_SECONDS) {
      throw refused('The token does not say when it was issued, or says a time to come.');
    }
    return Math.floor(iat * SECOND);
  }

  private keySet(): Promise<JWTVerifyGetKey> {
    this.keys ??= this.discover().catch((cause: unknown) => {
      // The next token tries again.
      this.keys = undefined;
      throw unavailable(cause);
    });
    return this.keys;
  }

  private async discover(): Promise<JWTVerifyGetKey> {
    const url = `${this.config.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS), redirect: 'error' });
    if (!answer.ok) throw new Error(`The identity provider answered ${answer.status}.`);
    const document = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
    // OpenID Connect Discovery 1.0 section 4.3: otherwise another issuer could speak in its name.
    if (document.issuer !== this.config.issuer)
      throw new Error('The identity provider names another issuer.');
    if (typeof document.jwks_uri !== 'string') throw new Error('The identity provider names no keys.');
    return createRemoteJWKSet(new URL(document.jwks_uri), { timeoutDuration: DISCOVERY_TIMEOUT_MS });
  }
}

/** The issuer's silence is not the token's fault: answering 401 would send a signed-in person to sign in again. */
function isFaultOfToken(cause: unknown): boolean {
  if (!(cause instanceof errors.JOSEError)) return false;
  // The generic code is what an answer other than 200 for the key set gives.
  return cause.code !== 'ERR_JWKS_TIMEOUT' && cause.code !== 'ERR_JOSE_GENERIC';
}

function nameOf(claims: JWTPayload): string | undefined {
  const candidates = [claims['name'], claims['preferred_username']];
  return candidates.find((name): name is string => typeof name === 'string' && name !== '');
}

/** The claim may be nested (`realm_access.roles`) and a list or one string of words; unknown roles mean nothing. */
function rolesOf(claims: JWTPayload, claim: string): Role[] {
  const value = claims[claim] ?? claim.split('.').reduce<unknown>(memberOf, claims);
  const words =
    typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? (value as unknown[]) : [];
  return ROLES.filter((role) => words.includes(role));
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, member)
    ? (value as Record<string, unknown>)[member]
    : undefined;
}

function refused(detail: string, cause?: unknown): AppError {
  return new AppError('UNAUTHENTICATED', { detail, cause });
}

function unavailable(cause: unknown): AppError {
  return new AppError('DECISION_UNAVAILABLE', { detail: 'The identity provider cannot be asked.', cause });
}
