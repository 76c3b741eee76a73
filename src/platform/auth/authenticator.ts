import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import type { Clock } from '../clock/clock';
import { indexOfApiKey } from './api-key';
import type { ClientDirectory, KnownClients } from './client-directory';
import type { OidcVerifier } from './oidc-verifier';

/** RFC 6750 section 2.1; the scheme's name is case-insensitive (RFC 9110 section 11.1). */
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i;
const MAX_CREDENTIAL_LENGTH = 8_192;
const THREE_PARTS = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Turns the `Authorization` header into an actor. */
export class Authenticator {
  constructor(
    private readonly directory: ClientDirectory,
    private readonly clock: Clock,
    private readonly oidc: OidcVerifier | undefined,
  ) {}

  /**
   * From memory, without waiting: only where the use case refuses stale settings when it writes. A promise only for a
   * person's token or a key that memory does not know, which may have been made a moment ago by another process.
   */
  fromMemory(header: string | undefined): Actor | Promise<Actor> {
    const token = bearerOf(header);
    return this.byKey(token, this.directory.current()) ?? this.fromDatabase(token);
  }

  /** Sees every key made and every revocation committed before the call. */
  async fresh(header: string | undefined): Promise<Actor> {
    return this.fromDatabase(bearerOf(header));
  }

  private async fromDatabase(token: string): Promise<Actor> {
    const byKey = this.byKey(token, await this.directory.fresh());
    if (byKey !== undefined) return byKey;
    if (this.oidc === undefined || !THREE_PARTS.test(token)) throw unauthenticated('This key is not valid.');
    const actor = await this.directory.enrol(await this.oidc.verify(token));
    if (actor === undefined) throw unauthenticated('This person may no longer sign in here.');
    return actor;
  }

  private byKey(token: string, clients: KnownClients): Actor | undefined {
    const known = clients.clientByKeyHash(indexOfApiKey(token));
    if (known === undefined) return undefined;
    return known.expiresAt === undefined || this.clock.now() < known.expiresAt ? known.actor : undefined;
  }
}

function bearerOf(header: string | undefined): string {
  if (header === undefined) throw unauthenticated('Send a key: Authorization: Bearer <key>.');
  const token = header.length > MAX_CREDENTIAL_LENGTH ? undefined : BEARER.exec(header)?.[1];
  if (token === undefined) throw unauthenticated('The Authorization header holds no bearer key or token.');
  return token;
}

const unauthenticated = (detail: string): AppError => new AppError('UNAUTHENTICATED', { detail });
