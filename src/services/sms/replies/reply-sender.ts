import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Config, SmsConfig } from '../../../config/load-config';
import { HOUR, SECOND } from '../../../domain/time/instant';
import { Pause } from '../../../platform/bus/pause';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { CONFIG } from '../../../platform/installation/tokens';
import { bodySignature } from '../../../platform/keys/signatures';
import { LOG, type Log } from '../../../platform/observability/logger';
import { Metrics } from '../../../platform/observability/metrics';
import { type ClaimedReply, type Finish, ReplyQueue } from './reply-queue.repository';

const AT_ONCE = 16;
const POLL_MS = 250;
const ATTEMPT_MS = 10 * SECOND;
/** Longer than an attempt may take, so that nobody is overtaken who still waits for his answer. */
const LEASE_MS = ATTEMPT_MS + 5 * SECOND;
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 30 * SECOND;
/** How long a stop waits for attempts under way; the rest of the ten seconds belongs to others. */
const DRAIN_MS = 1_500;
/** For handing back what was given up. */
const GIVE_BACK_MS = 500;

/** A refusal that another try would meet again; 408, 425 and 429 ask for another try (RFC 9110, 8470, 6585). */
const isFinal = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;

/**
 * Hands waiting replies to the institution's SMS platform: one POST a reply, signed like what comes in, at least once
 * and with an id to be known by, within five minutes of the message that it answers or not at all.
 */
@Injectable()
export class ReplySender implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly target: SmsConfig['sender'];
  private readonly pause = new Pause();
  private readonly giveUp = new AbortController();
  private readonly inHand = new Set<Promise<void>>();
  private readonly finished;
  private running: Promise<void> | undefined;
  private stopping = false;
  private woken = false;
  private failures = 0;

  constructor(
    private readonly queue: ReplyQueue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    @Inject(CONFIG) config: Config,
    metrics: Metrics,
  ) {
    this.target = config.sms.sender;
    this.finished = metrics.counter({
      name: 'quietline_sms_replies_total',
      help: 'Replies to customers that were sent, refused by the sender, or too late.',
      labels: ['state'],
    });
  }

  get isConfigured(): boolean {
    return this.target !== undefined;
  }

  /** There may be something to send. */
  wake(): void {
    this.woken = true;
    this.pause.end();
  }

  onApplicationBootstrap(): void {
    if (this.target !== undefined) this.running = this.run(this.target);
  }

  /** Sends what waits, as far as the time goes; what is not done by then is offered to whoever comes next. */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.running === undefined || this.target === undefined) return;
    this.stopping = true;
    this.pause.end();
    const givenUp = setTimeout(() => this.giveUp.abort(), DRAIN_MS);
    const patience = new Pause();
    const drained = this.drain(this.running, this.target);
    await Promise.race([drained, patience.for(DRAIN_MS + GIVE_BACK_MS)]);
    clearTimeout(givenUp);
    patience.end();
  }

  private async drain(running: Promise<void>, target: NonNullable<SmsConfig['sender']>): Promise<void> {
    await running;
    try {
      await this.sendDue(target);
    } catch (error) {
      this.log.warn({ err: error }, 'Replies could not be read before the stop.');
    }
    await Promise.all(this.inHand);
  }

  private async run(target: NonNullable<SmsConfig['sender']>): Promise<void> {
    let forgetAt = performance.now() + HOUR;
    while (!this.stopping) {
      this.woken = false;
      let rest = POLL_MS;
      try {
        await this.sendDue(target);
        if (performance.now() >= forgetAt) {
          forgetAt = performance.now() + HOUR;
          await this.queue.forget();
        }
        this.recovered();
      } catch (error) {
        rest = this.failed(error);
      }
      if (!this.stopping && !this.woken) await this.pause.for(rest);
    }
  }

  private async sendDue(target: NonNullable<SmsConfig['sender']>): Promise<void> {
    const late = await this.queue.expire();
    if (late > 0) {
      this.finished.inc({ state: 'expired' }, late);
      this.log.warn({ late }, 'Replies to customers could not be sent in time.');
    }
    const room = AT_ONCE - this.inHand.size;
    if (room <= 0) return;
    for (const reply of await this.queue.claim(room, LEASE_MS)) {
      const attempt = this.attempt(target, reply).finally(() => {
        this.inHand.delete(attempt);
        this.wake();
      });
      this.inHand.add(attempt);
    }
  }

  /** Never rejects: a reply that is neither finished nor given back is offered again when its lease is over. */
  private async attempt(target: NonNullable<SmsConfig['sender']>, reply: ClaimedReply): Promise<void> {
    try {
      const outcome = await this.post(target, reply);
      if (outcome === 'again') await this.queue.retry(reply, restAfter(reply.attempts));
      else if (outcome === 'given up') await this.queue.retry(reply, 0);
      else await this.finish(reply, outcome);
    } catch (error) {
      this.log.warn({ err: error, replyId: reply.id }, 'What became of a reply could not be stored.');
    }
  }

  private async finish(reply: ClaimedReply, state: Finish): Promise<void> {
    await this.queue.finish(reply.id, state);
    this.finished.inc({ state });
  }

  private async post(
    target: NonNullable<SmsConfig['sender']>,
    reply: ClaimedReply,
  ): Promise<Finish | 'again' | 'given up'> {
    const now = this.clock.now();
    const left = reply.sendBefore - now;
    if (left <= 0) return 'expired';
    const { id, from, to, text, inReplyTo } = reply;
    const body = JSON.stringify({ replyId: id, inReplyTo, from, to, text });
    const timestamp = String(Math.floor(now / SECOND));
    try {
      const answer = await fetch(target.url, {
        method: 'POST',
        body,
        redirect: 'error',
        headers: {
          'content-type': 'application/json',
          'x-reply-id': id,
          'x-timestamp': timestamp,
          'x-signature': bodySignature(target.secret, timestamp, Buffer.from(body, 'utf8')),
        },
        signal: AbortSignal.any([this.giveUp.signal, AbortSignal.timeout(Math.min(ATTEMPT_MS, left))]),
      });
      await answer.body?.cancel();
      if (answer.ok) return 'sent';
      this.log.warn(
        { replyId: id, status: answer.status, attempts: reply.attempts },
        'A reply was not taken.',
      );
      return isFinal(answer.status) ? 'refused' : 'again';
    } catch (error) {
      if (this.giveUp.signal.aborted) return 'given up';
      this.log.warn(
        { replyId: id, reason: reasonOf(error), attempts: reply.attempts },
        'A reply could not be sent.',
      );
      return 'again';
    }
  }

  /** Said once, however long the database stays away. */
  private failed(error: unknown): number {
    this.failures += 1;
    if (this.failures === 1) this.log.error({ err: error }, 'Replies cannot be read; trying again.');
    return restAfter(this.failures);
  }

  private recovered(): void {
    if (this.failures > 0) this.log.info({ failures: this.failures }, 'Replies are read again.');
    this.failures = 0;
  }
}

/** After the given attempt, counted from 1. */
const restAfter = (attempt: number): number => Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (attempt - 1));

/** A time-out is no error of the language's own kind, and what the network says stands in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? `${error.name} ${code}` : error.name;
}
