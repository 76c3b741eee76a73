import type { CloudEventAttributes } from '../../contracts/events';
import type { EventType } from '../../contracts/topics';
import type { Tx } from '../database/database';
import type { Audience } from './audience';

/** An event as it travels: its attributes, and `data`, the JSON text whose UTF-8 bytes every adapter carries as they are. */
export interface BusEvent extends CloudEventAttributes {
  data: string;
}

/** One hold on a bucket. The epoch grows with every new holder, so that an old one is known by its epoch. */
export interface Lease {
  bucket: number;
  epoch: string;
}

/**
 * What an effect is done under: its row, with this epoch, is locked while the effect is stored, so that whoever takes
 * over waits for it, and nothing is stored under an epoch that is over.
 */
export interface Hold {
  readonly table: 'outbox_leases' | 'partition_holds';
  /** The key of the row. */
  readonly row: string;
  readonly epoch: string;
}

export function holdOf({ bucket, epoch }: Lease): Hold {
  return { table: 'outbox_leases', row: String(bucket), epoch };
}

/** Events of one bucket in the order of `outbox.seq`. */
export interface Batch {
  lease: Lease;
  events: readonly BusEvent[];
}

export interface Consumer {
  /** Names the consumer's memory (`inbox`) for ever: a new name is a new consumer. */
  readonly name: string;
  readonly types: readonly EventType[];
  /**
   * Of these types it is handed only the events of those that the view `event_demands` names for it when they leave
   * the queue. Whatever the view shows was committed before an event is demanded from then on.
   */
  readonly onDemand?: true;
  /**
   * Writes the effect with `tx` and with nothing else: it is stored together with the memory of the event, or not at
   * all. It may be called again for an event whose transaction failed, so whatever is done outside `tx` may be
   * repeated. It must not wait for anything but the database: a transaction idle for 4 s is ended.
   */
  handle(tx: Tx, event: BusEvent): Promise<void>;
}

/** How the replay of a dead letter ended. `handled` are event ids in order. */
export type Replay =
  | { outcome: 'replayed'; handled: string[] }
  /** The one that failed stays where it is, and those behind it too. */
  | { outcome: 'failed'; handled: string[]; failed: string; reason: string }
  /** It is itself parked behind this earlier event, which must be replayed first. */
  | { outcome: 'behind'; head: string }
  | { outcome: 'not_found' };

/** The token under which Nest injects the `EventBus`. */
export const EVENT_BUS = Symbol('EventBus');

/**
 * Carries recorded events to those who act on them. What holds with every adapter:
 *
 * - At least once to every consumer subscribed to the type, and once in effect: `inbox (consumer, event_id)` is written
 *   in the effect's own transaction, so an event that is handed over again is passed over.
 * - Events of one `partitionkey` reach a consumer in the order of `outbox.seq`, one at a time. Between keys, between
 *   topics and between consumers there is no order.
 * - A handler that fails is tried a bounded number of times. Then its event becomes a dead letter *before* the event
 *   leaves the queue, later events of the same key are parked behind it for this consumer, and other keys go on.
 * - Nothing is dropped: an event that was not accepted stays in the queue through crashes and outages, and every event
 *   stays in `events`. What nobody subscribes to leaves the queue unread.
 * - A consumer starts with the events that are queued or recorded after its process has announced it; what was before
 *   is read from `events`.
 */
export interface EventBus {
  /** Before the relay starts. @throws Error where the name is taken. */
  subscribe(consumer: Consumer): void;

  readonly consumers: readonly Consumer[];

  /** What the relay is to take off the queue for this bus; known once every consumer has subscribed. */
  readonly audience: Audience;

  /**
   * Before the relay announces the consumers: hands accepted events to them from now on. Resolves when it is fixed where
   * each begins, for which it waits as long as it takes; the signal ends the wait. Never rejects.
   */
  start(signal: AbortSignal): Promise<void>;

  /** After this no handler runs. Never rejects. */
  stop(): Promise<void>;

  /**
   * Resolves when the batch is durably accepted: no event of it need ever be offered again. When it rejects, any part
   * of it may have been accepted and the whole is offered again. Aborting ends waits between tries, never a handler.
   * @throws LeaseLostError when somebody else holds the bucket now.
   */
  publish(batch: Batch, signal: AbortSignal): Promise<void>;

  /** Hands a dead letter to its consumer again, and after it those parked behind it, in order, until one fails. */
  replayDeadLetter(consumer: string, eventId: string): Promise<Replay>;
}

/** The bucket or partition is somebody else's: whatever the former holder still has in hand must have no effect. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor({ table, row }: Hold) {
    super(`Row ${row} of ${table} has gone to another process.`);
  }
}
