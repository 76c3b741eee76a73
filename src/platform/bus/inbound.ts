import type { InboundTopic } from '../../contracts/inbound-topics';
import type { Instant } from '../../domain/time/instant';

/** What somebody published, as it came: nothing of it is known to be right. */
export interface InboundRecord {
  readonly topic: InboundTopic;
  readonly partition: number;
  /** A number of 64 bits, as text. */
  readonly offset: string;
  readonly key: string | undefined;
  /** Lower-case names; of a name that came twice the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
  /** When it was published, as its producer or the broker says. */
  readonly timestamp?: Instant;
}

/** Takes what comes in by one topic. */
export interface InboundReader {
  /** Names the reader's place in the topic for ever: a new name starts again at the oldest record. */
  readonly name: string;
  readonly topic: InboundTopic;
  /** Records handed over at a time, of one partition. */
  readonly atOnce: number;
  /**
   * Resolves when every record is durably dealt with, whatever came of it. When it rejects, any part may have been dealt
   * with, and the same records are offered again after a rest, for as long as it takes; so only what will pass may
   * reject, and what can never be handled is put away. Records of one partition are offered in order, never two lots at
   * a time in one process; after a rebalance another process may be handed what this one is still at work on. The
   * signal says that there is no use in waiting any more.
   */
  take(records: readonly InboundRecord[], signal: AbortSignal): Promise<void>;
}

/** The token under which Nest injects the `Inbound`. */
export const INBOUND = Symbol('Inbound');

/** The way in: at least once, in the order of each partition. Without Kafka nothing comes in by it. */
export interface Inbound {
  /** Before the application has started. @throws Error where the name is taken. */
  read(reader: InboundReader): void;
}
