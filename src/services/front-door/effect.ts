import type { InboundTopic } from '../../contracts/inbound-topics';
import type { ForeignEvent } from '../../platform/bus/cloud-event-message';
import type { EffectFrame } from '../../platform/bus/effect-frame';

/** What an event asks for. */
export interface Effect {
  /**
   * Whether it must not come before an earlier record of its key that could not be handled. What only narrows never
   * waits: a refusal binds at once, whatever is wrong with what came before it.
   */
  readonly waits: boolean;
  /**
   * Does it in one transaction that begins with the frame. @throws AppError where it cannot be done; nothing is stored
   * then.
   */
  run(frame: EffectFrame): Promise<void>;
}

/** Reads the events of one topic. */
export interface EffectSource {
  /** Names what has been handled for ever: a new name starts again. */
  readonly name: string;
  readonly topic: InboundTopic;
  /** Whether any of its effects waits for another. */
  readonly ordered: boolean;
  /** @throws AppError for an event that means nothing we can do. */
  read(event: ForeignEvent): Effect;
}
