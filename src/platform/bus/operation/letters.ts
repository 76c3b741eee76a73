import { Inject, Injectable } from '@nestjs/common';
import { AppError, invalidMember } from '../../../contracts/app-error';
import type { Actor } from '../../../contracts/actor';
import type { Instant } from '../../../domain/time/instant';
import { CLOCK, type Clock } from '../../clock/clock';
import { Database, type Tx } from '../../database/database';
import { EvidenceWriter } from '../../evidence/evidence-writer';
import { decodeCursor } from '../../http/cursor';
import { uuidV7 } from '../../ids/uuid-v7';
import type { Replay } from '../event-bus';

/** One event that one consumer could not handle, or that waits behind such a one. */
export interface Letter {
  seq: string;
  consumer: string;
  eventId: string;
  type: string | null;
  partitionKey: string;
  parkedBehind: string | null;
  attempts: number;
  reason: string;
  at: Instant;
}

export interface AskedReplay {
  id: string;
  consumer: string;
  eventId: string;
  askedBy: string;
}

export interface KnownReplay {
  id: string;
  outcome: Replay['outcome'] | null;
  handled: number | null;
  blockingEventId: string | null;
  reason: string | null;
}

const LIST = `
SELECT d.seq, d.consumer, d.event_id AS "eventId", e.type, d.partition_key AS "partitionKey",
  d.parked_behind AS "parkedBehind", d.attempts, d.reason,
  floor(extract(epoch FROM d.recorded_at) * 1000)::float8 AS at
FROM dead_letters d
LEFT JOIN LATERAL (SELECT type FROM events WHERE event_id = d.event_id LIMIT 1) e ON true
WHERE ($1::text IS NULL OR d.consumer = $1) AND ($2::bigint IS NULL OR d.seq < $2)
ORDER BY d.seq DESC LIMIT $3`;

const ASK = `
INSERT INTO letter_replays (id, consumer, event_id, asked_by, asked_at)
VALUES ($1, $2, $3, $4, clock_timestamp())
ON CONFLICT (consumer, event_id) WHERE done_at IS NULL DO NOTHING RETURNING id`;

/** A request that nobody has taken, or whose taker has been silent for too long; oldest first. */
const TAKE = `
UPDATE letter_replays SET taken_until = clock_timestamp() + interval '1 minute'
WHERE id = (
  SELECT id FROM letter_replays
  WHERE done_at IS NULL AND consumer = ANY ($1::text[]) AND (taken_until IS NULL OR taken_until < clock_timestamp())
  ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, consumer, event_id AS "eventId", asked_by AS "askedBy"`;

const FINISH = `
UPDATE letter_replays
SET outcome = $2, handled = $3, blocking_event_id = $4, reason = $5, done_at = clock_timestamp()
WHERE id = $1 AND done_at IS NULL RETURNING 1`;

/** Dead letters as operators see them, and what they ask to be done with them. */
@Injectable()
export class Letters {
  constructor(
    private readonly database: Database,
    private readonly evidence: EvidenceWriter,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Newest first; one more than the page. */
  list(query: { consumer?: string; cursor?: string; limit: number }): Promise<Letter[]> {
    const before = query.cursor === undefined ? null : decodeCursor(query.cursor).id;
    if (before !== null && !/^\d{1,18}$/.test(before)) {
      throw invalidMember('/cursor', 'Must be the nextCursor of an earlier page.', 'FORMAT');
    }
    return this.database.query<Letter>(LIST, [query.consumer ?? null, before, query.limit + 1]);
  }

  /**
   * Asks for a replay, which whoever has the consumer takes up; returns the request's id. While one for this letter is
   * open, asking again changes nothing.
   * @throws AppError NOT_FOUND where there is no such letter.
   */
  async ask(tx: Tx, consumer: string, eventId: string, actor: Actor): Promise<string> {
    const letters = await tx.query({
      text: 'SELECT FROM dead_letters WHERE consumer = $1 AND event_id = $2',
      values: [consumer, eventId],
    });
    if (letters.length === 0) {
      throw new AppError('NOT_FOUND', { detail: 'This consumer has no such dead letter.' });
    }
    const at = this.clock.now();
    const id = uuidV7(at);
    const made = await tx.query({ text: ASK, values: [id, consumer, eventId, actor.clientId] });
    if (made.length === 0) return this.open(tx, consumer, eventId);
    const ids = { replayId: id, consumer, eventId, by: actor.clientId };
    const by = { clientId: actor.clientId, kind: actor.kind, name: actor.name };
    await this.evidence.record(tx, [
      {
        type: 'bus.letter_replay_requested.v1',
        at,
        partitionKey: id,
        clear: ids,
        payload: { replayId: id, consumer, eventId, by },
      },
    ]);
    return id;
  }

  async find(id: string): Promise<KnownReplay | undefined> {
    const [row] = await this.database.query<KnownReplay>(
      `SELECT id, outcome, handled, blocking_event_id AS "blockingEventId", reason FROM letter_replays WHERE id = $1`,
      [id],
    );
    return row;
  }

  /** The oldest request for one of these consumers, for this process alone for a minute. */
  async take(consumers: readonly string[]): Promise<AskedReplay | undefined> {
    const [row] = await this.database.query<AskedReplay>(TAKE, [consumers], 'letter-replays-take');
    return row;
  }

  /** With its record. Where somebody who overtook this process has finished it, their outcome stands. */
  async finish(asked: AskedReplay, replay: Replay): Promise<void> {
    const handled = 'handled' in replay ? replay.handled.length : 0;
    const blocking = 'failed' in replay ? replay.failed : 'head' in replay ? replay.head : null;
    const reason = 'reason' in replay ? replay.reason : null;
    await this.database.transaction(async (tx) => {
      const values = [asked.id, replay.outcome, handled, blocking, reason];
      if ((await tx.query({ text: FINISH, values })).length === 0) return;
      const { id: replayId, consumer, eventId, askedBy: by } = asked;
      const clear = { replayId, consumer, eventId, by, outcome: replay.outcome, handled };
      await this.evidence.record(tx, [
        {
          type: 'bus.letter_replayed.v1',
          at: this.clock.now(),
          partitionKey: replayId,
          clear,
          payload: { ...clear, reason, ...('handled' in replay ? { events: [...replay.handled] } : {}) },
        },
      ]);
    });
  }

  private async open(tx: Tx, consumer: string, eventId: string): Promise<string> {
    const [row] = await tx.query<{ id: string }>({
      text: 'SELECT id FROM letter_replays WHERE consumer = $1 AND event_id = $2 AND done_at IS NULL',
      values: [consumer, eventId],
    });
    if (row === undefined) {
      throw new AppError('CONFLICT', {
        detail: 'This letter has just been replayed: look at the letters again.',
      });
    }
    return row.id;
  }
}
