import { Injectable } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import type { Actor } from '../../contracts/actor';
import { AppError, invalidMember } from '../../contracts/app-error';
import { canonicalJson } from '../../domain/ledger/canonical-json';
import { parseNumber } from '../../domain/phone/parse-number';
import { isKnownZone } from '../../domain/time/zones';
import { derivedKey } from '../../platform/keys/derived-key';
import { Keyring } from '../../platform/keys/keyring';
import { SettingsCache } from '../settings/settings-cache';
import { answerOf, withAuthorization } from './answer';
import { dialledDigits } from './batch/ask-facts';
import { AuthorizationTokens } from './authorization-token';
import { DecisionMetrics } from './decision-metrics';
import { DecisionBatch } from './batch/decision-batch';
import { MAX_BATCH_SIZE, MAX_BATCHES_IN_FLIGHT, MAX_WAITING } from './decision-options';
import { DecisionQueue } from './batch/decision-queue';
import type { AuthorizeBody, DecisionAnswer } from './decisions.dto';
import { callKeyHash, type MadeDecision, type PendingDecision } from './batch/pending-decision';

/** From a question to its answer: the use case behind every front (REST and Kafka; SIP and others later). */
@Injectable()
export class DecisionsService {
  private readonly queue: DecisionQueue<PendingDecision, MadeDecision>;
  /** A body holds a telephone number, which whoever reads a plain hash of it could try out. */
  private readonly requestKey: Buffer;

  constructor(
    batch: DecisionBatch,
    private readonly tokens: AuthorizationTokens,
    private readonly keyring: Keyring,
    private readonly settings: SettingsCache,
    private readonly metrics: DecisionMetrics,
  ) {
    this.requestKey = derivedKey(keyring.answerKey, 'decisions/requests/v1');
    this.queue = new DecisionQueue(
      (items) => {
        this.metrics.batchOf(items.length);
        return batch.run(items);
      },
      {
        maxBatch: MAX_BATCH_SIZE,
        maxInFlight: MAX_BATCHES_IN_FLIGHT,
        maxWaiting: MAX_WAITING,
        lanes: 2,
        lane: (item) => this.laneOf(item),
        client: (item) => item.actor.clientId,
        maxPerClient: MAX_WAITING / 2,
        onFailure: (error, questions) => this.metrics.failed(error, questions),
      },
    );
  }

  /**
   * Decides one call. When the promise resolves, the decision is on disk; when it rejects, nothing was decided and
   * nobody may dial.
   */
  async authorize(actor: Actor, body: AuthorizeBody, idempotencyKey?: string): Promise<DecisionAnswer> {
    if (actor.vendorId !== undefined && body.external?.callId === undefined) {
      throw invalidMember('/external/callId', 'A vendor names each call by its own id.', 'REQUIRED');
    }
    const pending = this.pending(actor, body, idempotencyKey);
    return this.answer(pending, await this.decide(pending));
  }

  /**
   * The same for a question whose answer leaves as its recorded event.
   * @throws AnsweredBefore where its event has an answer.
   */
  async decide(pending: PendingDecision): Promise<MadeDecision> {
    const made = await this.queue.ask(pending);
    this.metrics.made(made.decision);
    return made;
  }

  /** Refuses new questions; those accepted are still answered (SIGTERM). */
  close(): void {
    this.queue.close();
  }

  get depth(): number {
    return this.queue.depth;
  }

  /** A question with its number parsed and its hints checked. @throws AppError INVALID naming the member. */
  pending(actor: Actor, body: AuthorizeBody, idempotencyKey?: string): PendingDecision {
    if (body.timeZone !== undefined && !isKnownZone(body.timeZone)) {
      throw invalidMember('/timeZone', 'There is no such time zone.', 'UNKNOWN_ZONE');
    }
    const number = parseNumber(body.to, body.region);
    const bodyText = canonicalJson(body);
    const hash = keyHash(body.external?.callId, idempotencyKey);
    const pending: PendingDecision = {
      actor,
      body,
      bodyText,
      ask: {
        number,
        campaignId: body.campaignId,
        callerId: dialledDigits(body.callerId),
        voice: body.voice ?? 'ai',
        ...(body.timeZone === undefined ? {} : { timeZone: body.timeZone }),
        ...(body.subdivision === undefined ? {} : { subdivision: body.subdivision }),
        ...(actor.vendorId === undefined ? {} : { vendorId: actor.vendorId }),
      },
      ...(hash === undefined ? {} : { key: { hash, request: this.requestHash(bodyText) } }),
    };
    if (number.kind === 'valid') {
      pending.e164 = number.e164;
      pending.tag = this.keyring.tagOfNumber(number.e164);
    }
    return pending;
  }

  private answer({ actor, ask, e164 }: PendingDecision, made: MadeDecision): DecisionAnswer {
    const answer = answerOf(made, actor);
    const { expiresAt } = made.decision;
    if (expiresAt === undefined || e164 === undefined) return answer;
    const { campaignId, callerId } = ask;
    return withAuthorization(answer, { to: e164, campaignId, callerId, expiresAt }, (claims) =>
      this.tokens.issue(claims),
    );
  }

  private requestHash(bodyText: string): Buffer {
    return createHmac('sha256', this.requestKey).update(bodyText, 'utf8').digest();
  }

  /** Under overload fraud alerts go before marketing (RULINGS 33). */
  private laneOf(item: PendingDecision): number {
    const purpose = this.settings.current().campaign(item.body.campaignId)?.purpose;
    return purpose === 'fraud_alert' || purpose === 'emergency' ? 0 : 1;
  }
}

function keyHash(external: string | undefined, idempotencyKey: string | undefined): Buffer | undefined {
  if (external === undefined) {
    return idempotencyKey === undefined ? undefined : callKeyHash('header', idempotencyKey);
  }
  if (idempotencyKey !== undefined) {
    throw new AppError('INVALID', {
      detail: 'Send either external.callId or Idempotency-Key: two keys could name two different calls.',
    });
  }
  return callKeyHash('external', external);
}
