import { type Static, Type } from '@sinclair/typebox';
import type { BusView } from '../../platform/bus/operation/bus-status';
import type { KnownReplay, Letter } from '../../platform/bus/operation/letters';
import { writeInstant } from '../../platform/http/instants';
import { closed, listOf, listQueryWith, oneOf, Timestamp, Uuid } from '../../platform/http/schemas';

const ConsumerName = Type.String({ pattern: '^[a-z][a-z0-9-]{0,63}$' });

export const LettersQuery = listQueryWith({ consumer: Type.Optional(ConsumerName) });
export type LettersQuery = Static<typeof LettersQuery>;

export const LetterParams = closed({ consumer: ConsumerName, eventId: Uuid });
export type LetterParams = Static<typeof LetterParams>;

export const LetterAnswer = Type.Object({
  consumer: Type.String(),
  eventId: Uuid,
  type: Type.Optional(Type.String()),
  state: oneOf(['dead', 'parked']),
  key: Type.String({ description: 'Events of one key keep their order: later ones wait behind this one.' }),
  parkedBehind: Type.Optional(
    Type.String({ format: 'uuid', description: 'The event that is to be replayed first.' }),
  ),
  attempts: Type.Integer(),
  reason: Type.String({ description: 'Class, code and place of the failure; its words are in the log.' }),
  recordedAt: Timestamp,
});
export type LetterAnswer = Static<typeof LetterAnswer>;
export const LetterList = listOf(LetterAnswer);

export function letterAnswer(letter: Letter): LetterAnswer {
  const { consumer, eventId, type, partitionKey, parkedBehind, attempts, reason, at } = letter;
  return {
    consumer,
    eventId,
    ...(type === null ? {} : { type }),
    state: parkedBehind === null ? 'dead' : 'parked',
    key: partitionKey,
    ...(parkedBehind === null ? {} : { parkedBehind }),
    attempts,
    reason,
    recordedAt: writeInstant(at),
  };
}

export const ReplayAnswer = Type.Object({
  replayId: Uuid,
  outcome: Type.Unsafe<(KnownReplay['outcome'] & string) | 'pending'>({
    type: 'string',
    enum: ['pending', 'replayed', 'failed', 'behind', 'not_found'],
    description: 'Pending: the process that has the consumer has not come to it yet.',
  }),
  handled: Type.Optional(
    Type.Integer({ description: 'Events of the key that were handled, this one first.' }),
  ),
  blockingEventId: Type.Optional(
    Type.String({ format: 'uuid', description: 'The event that failed again, or must be replayed first.' }),
  ),
  reason: Type.Optional(Type.String()),
});
export type ReplayAnswer = Static<typeof ReplayAnswer>;

export function replayAnswer({ id, outcome, handled, blockingEventId, reason }: KnownReplay): ReplayAnswer {
  return {
    replayId: id,
    outcome: outcome ?? 'pending',
    ...(handled === null ? {} : { handled }),
    ...(blockingEventId === null ? {} : { blockingEventId }),
    ...(reason === null ? {} : { reason }),
  };
}

export const BusAnswer = Type.Object({
  outbox: Type.Object({
    depth: Type.Integer({ description: 'Events that no bus has carried yet.' }),
    oldestSeconds: Type.Number(),
    unheldBuckets: Type.Integer({ description: 'Parts of the outbox that nobody empties.' }),
  }),
  relays: Type.Array(
    Type.Object({ holder: Uuid, buckets: Type.Integer(), live: Type.Boolean(), until: Timestamp }),
  ),
  consumers: Type.Array(
    Type.Object({
      consumer: Type.String(),
      dead: Type.Integer(),
      parked: Type.Integer(),
      replaysPending: Type.Integer(),
    }),
    { description: 'Consumers with dead letters, or with a replay that waits.' },
  ),
  kafka: Type.Optional(
    Type.Object(
      {
        reachable: Type.Boolean(),
        lags: Type.Array(
          Type.Object({
            group: Type.String(),
            topic: Type.String(),
            partition: Type.Integer(),
            lag: Type.Integer(),
          }),
        ),
      },
      { description: 'Absent where events do not go by Kafka.' },
    ),
  ),
});
export type BusAnswer = Static<typeof BusAnswer>;

export function busAnswer({ outbox, relays, consumers, unheld, kafka }: BusView): BusAnswer {
  return {
    outbox: { ...outbox, unheldBuckets: unheld },
    relays: relays.map((relay) => ({ ...relay, until: writeInstant(relay.until) })),
    consumers,
    ...(kafka === undefined ? {} : { kafka }),
  };
}
