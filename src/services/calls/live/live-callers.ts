import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { accessOf } from '../../../contracts/access';
import { type Actor, hasRole } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { HOUR } from '../../../domain/time/instant';
import { Authenticator } from '../../../platform/auth/authenticator';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database } from '../../../platform/database/database';
import { AuthorizationTokens } from '../../decisions/authorization-token';
import { CallReader } from '../../decisions/call.reader';
import { SettingsCache } from '../../settings/settings-cache';
import type { CallParams } from '../calls.dto';

export const LIVE_PATH = '/v1/calls/:callId/live';
export const SUBPROTOCOL = 'quietline.live.v1';

/** A call goes on for at most this long after its decision (RULINGS 4); its token speaks for nobody afterwards. */
const TOKEN_SPEAKS_FOR = 2 * HOUR;

/**
 * Who is at the other end of a live connection: the holder of a key, by the `Authorization` header, or the voice that was
 * handed the call with its authorization token, as the second entry of the subprotocols. Nothing secret is in a URL.
 */
@Injectable()
export class LiveCallers {
  /** Whose call a connection's token is of: that never changes, and is asked for every few seconds. */
  private readonly holders = new WeakMap<FastifyRequest, string>();

  constructor(
    private readonly authenticator: Authenticator,
    private readonly tokens: AuthorizationTokens,
    private readonly database: Database,
    private readonly calls: CallReader,
    private readonly settings: SettingsCache,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** By whatever the connection was opened with, judged by the role table. @throws AppError */
  async callerOf(request: FastifyRequest): Promise<Actor> {
    const { authorization } = request.headers;
    const actor =
      authorization === undefined
        ? await this.byToken(request)
        : await this.authenticator.fresh(authorization);
    const roles = accessOf('GET', LIVE_PATH)?.roles ?? [];
    if (roles !== 'open' && !hasRole(actor, ...roles)) {
      throw new AppError('FORBIDDEN', { detail: `This needs one of the roles ${roles.join(', ')}.` });
    }
    return actor;
  }

  /** The client that the call was allowed to, as long as the call can go on. @throws AppError UNAUTHENTICATED */
  async byToken(request: FastifyRequest): Promise<Actor> {
    const { callId } = request.params as CallParams;
    const [, token] = protocolsOf(request);
    const claims = token === undefined ? undefined : this.tokens.read(token);
    if (claims === undefined || claims.jti !== callId || this.clock.now() > claims.exp + TOKEN_SPEAKS_FOR) {
      throw unauthenticated();
    }
    const settings = await this.settings.fresh();
    const holder = this.holders.get(request) ?? (await this.holderOf(callId));
    const actor = holder === undefined ? undefined : settings.client(holder);
    if (holder === undefined || actor === undefined) throw unauthenticated();
    this.holders.set(request, holder);
    return actor;
  }

  private async holderOf(callId: string): Promise<string | undefined> {
    return (await this.database.transaction((tx) => this.calls.find(tx, callId)))?.clientId;
  }
}

/** RFC 6455 section 4.2.1: a list divided by commas, maybe in several headers. */
export function protocolsOf(request: FastifyRequest): string[] {
  const header = request.headers['sec-websocket-protocol'] ?? '';
  return header.split(',').map((entry) => entry.trim());
}

const unauthenticated = (): AppError =>
  new AppError('UNAUTHENTICATED', {
    detail: 'Send a key as Authorization: Bearer, or the token of this call as the second subprotocol.',
  });
