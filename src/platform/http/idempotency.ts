import { createHash, createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../contracts/app-error';
import { canonicalJson, type Json } from '../../domain/ledger/canonical-json';
import { DAY } from '../../domain/time/instant';
import { actorOf } from '../auth/current-actor';
import { CLOCK, type Clock } from '../clock/clock';
import { Database, type Tx } from '../database/database';
import { derivedKey } from '../keys/derived-key';
import { Keyring } from '../keys/keyring';
import { open, seal } from '../keys/sealing';
import { idempotencyKeyOf } from './idempotency-key';

/** What a use case with an effect answers: 201, 202 or 200 with this body. */
export interface Answer<T> {
  status: 200 | 201 | 202;
  body: T;
}

const KEPT_FOR = DAY;

/**
 * Runs every POST with an effect in its one transaction, and with an `Idempotency-Key` at most once (STANDARDS 11).
 * The key's row commits with the effect: after a crash there are both or neither, so there is no lock that could expire
 * and run the effect again. The answer is kept sealed, because it may hold a key or a number.
 */
@Injectable()
export class Idempotency {
  private readonly fingerprintKey: Buffer;

  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.fingerprintKey = derivedKey(keyring.answerKey, 'http/requests/v1');
  }

  /** `work` gets the transaction of its effect; an error it throws undoes both, and the key may be used again. */
  async run<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (tx: Tx) => Promise<Answer<T>>,
  ): Promise<T> {
    const key = idempotencyKeyOf(request);
    const answer = await this.database.transaction((tx) =>
      key === undefined ? work(tx) : this.once(tx, request, key, work),
    );
    void reply.code(answer.status);
    return answer.body;
  }

  private async once<T>(
    tx: Tx,
    request: FastifyRequest,
    key: string,
    work: (tx: Tx) => Promise<Answer<T>>,
  ): Promise<Answer<T>> {
    const scope = scopeOf(request, key);
    const text = textOf(request);
    // Keyed: whoever reads the table could try out every telephone number in a body.
    const fingerprint = createHmac('sha256', this.fingerprintKey).update(text, 'utf8').digest();
    await this.takeTurn(tx, scope);
    const earlier = await this.earlierAnswer<T>(tx, scope, [fingerprint, formerFingerprint(text)]);
    if (earlier !== undefined) return earlier;
    const answer = await work(tx);
    const now = this.clock.now();
    await tx.query({
      text: `
INSERT INTO idempotency_keys (scope, fingerprint, sealed_answer, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (scope) DO UPDATE SET fingerprint = excluded.fingerprint, sealed_answer = excluded.sealed_answer,
  created_at = excluded.created_at, expires_at = excluded.expires_at`,
      values: [
        scope,
        fingerprint,
        seal(this.keyring.answerKey, Buffer.from(JSON.stringify(answer), 'utf8'), scope.toString('hex')),
        new Date(now),
        new Date(now + KEPT_FOR),
      ],
    });
    return answer;
  }

  /** One request of a key at a time, for the length of the transaction; the second one is told, and does not wait. */
  private async takeTurn(tx: Tx, scope: Buffer): Promise<void> {
    const [row] = await tx.query<{ mine: boolean }>({
      text: 'SELECT pg_try_advisory_xact_lock($1::bigint) AS mine',
      values: [scope.readBigInt64BE(0).toString()],
    });
    if (row?.mine === true) return;
    throw new AppError('IDEMPOTENCY_IN_PROGRESS', {
      detail: 'Ask again when the first request with this Idempotency-Key has its answer.',
    });
  }

  private async earlierAnswer<T>(
    tx: Tx,
    scope: Buffer,
    fingerprints: readonly Buffer[],
  ): Promise<Answer<T> | undefined> {
    const [row] = await tx.query<{ fingerprint: Buffer; sealed_answer: Buffer }>({
      text: 'SELECT fingerprint, sealed_answer FROM idempotency_keys WHERE scope = $1 AND expires_at > $2',
      values: [scope, new Date(this.clock.now())],
    });
    if (row === undefined) return undefined;
    if (!fingerprints.some((fingerprint) => row.fingerprint.equals(fingerprint))) {
      throw new AppError('IDEMPOTENCY_MISMATCH', {
        detail: 'This Idempotency-Key came with another request within the last 24 hours.',
      });
    }
    return JSON.parse(
      open(this.keyring.answerKey, row.sealed_answer, scope.toString('hex')).toString('utf8'),
    ) as Answer<T>;
  }
}

/** Scope: client, method, route and key. */
function scopeOf(request: FastifyRequest, key: string): Buffer {
  const parts = [actorOf(request).clientId, request.method, request.routeOptions.url ?? '', key];
  return createHash('sha256').update(parts.join('\n'), 'utf8').digest();
}

/** `METHOD\npath\n` and the body's canonical form. */
const textOf = (request: FastifyRequest): string =>
  `${request.method}\n${request.url}\n${canonicalJson((request.body ?? null) as Json)}`;

/** As rows have it that were written before fingerprints were keyed. */
const formerFingerprint = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
