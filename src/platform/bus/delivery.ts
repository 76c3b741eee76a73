import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { LOG, type Log } from '../observability/logger';
import { BusMetrics } from './bus-metrics';
import { BUS_OPTIONS, type BusOptions } from './bus-options';
import type { BusEvent, Consumer, Hold } from './event-bus';
import { failureReason } from './failure-reason';
import { type Admission, Inbox } from './inbox';
import { Turns } from './turns';

class HandlerLateError extends Error {
  override readonly name = 'HandlerLateError';
}

/** Hands one event to one consumer: the tries, the effect's transaction, and the dead letter after the last try. */
@Injectable()
export class Delivery {
  private readonly turns: Turns;

  constructor(
    private readonly database: Database,
    private readonly inbox: Inbox,
    private readonly metrics: BusMetrics,
    @Inject(LOG) private readonly log: Log,
    @Inject(BUS_OPTIONS) private readonly options: BusOptions,
  ) {
    this.turns = new Turns(options.handlersAtOnce);
  }

  /**
   * Resolves when the effect, or the dead letter, is durable. A failure before the handler was reached is not the
   * event's: it rejects, counts as no try, and the event is offered again.
   *
   * One event a transaction, because several would lock the rows of several subjects in the order of events and not
   * of ids (RULINGS 3).
   */
  async deliver(consumer: Consumer, event: BusEvent, hold: Hold, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const progress: { admission?: Admission } = {};
      try {
        await this.turns.run(() => this.attempt(consumer, event, hold, progress));
        const { admission = 'duplicate' } = progress;
        this.metrics.delivered(consumer.name, admission === 'admitted' ? 'handled' : admission);
        return;
      } catch (error) {
        if (progress.admission !== 'admitted') throw error;
        this.metrics.delivered(consumer.name, 'failed');
        if (attempt >= this.options.tries) {
          await this.giveUp(consumer, event, hold, { attempts: attempt, error });
          return;
        }
        // An abort rejects: the event stays queued.
        await delay(this.options.backoffMs(attempt), undefined, { signal });
      }
    }
  }

  private async attempt(
    consumer: Consumer,
    event: BusEvent,
    hold: Hold,
    progress: { admission?: Admission },
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      progress.admission = await this.inbox.admit(tx, consumer.name, event, hold);
      if (progress.admission === 'admitted') await this.handle(consumer, tx, event);
    });
  }

  /** What never comes back must not keep its bucket for ever; its transaction takes no statement after this. */
  private async handle(consumer: Consumer, tx: Tx, event: BusEvent): Promise<void> {
    const over = new AbortController();
    const late = delay(this.options.handlerMs, undefined, { signal: over.signal }).then(() => {
      throw new HandlerLateError(`${consumer.name} did not come back within ${this.options.handlerMs} ms.`);
    });
    try {
      await Promise.race([consumer.handle(tx, event), late]);
    } finally {
      late.catch(() => undefined);
      over.abort();
    }
  }

  private async giveUp(
    consumer: Consumer,
    event: BusEvent,
    hold: Hold,
    failure: { attempts: number; error: unknown },
  ): Promise<void> {
    const reason = failureReason(failure.error);
    await this.inbox.giveUp(consumer.name, event, hold, { attempts: failure.attempts, reason });
    this.metrics.delivered(consumer.name, 'dead');
    this.log.error(
      { consumer: consumer.name, eventId: event.id, type: event.type, reason, err: failure.error },
      'An event became a dead letter; later ones of its key wait behind it until it is replayed.',
    );
  }
}
