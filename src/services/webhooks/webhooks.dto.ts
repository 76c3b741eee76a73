import { type Static, Type } from '@sinclair/typebox';
import { invalidMember } from '../../contracts/app-error';
import { decodeCursor } from '../../platform/http/cursor';
import { writeInstant } from '../../platform/http/instants';
import {
  closed,
  listOf,
  listQueryWith,
  oneOf,
  prose,
  setOf,
  Timestamp,
  Uuid,
} from '../../platform/http/schemas';
import { isUuid } from '../../platform/ids/uuid';
import { type Delivery, DELIVERY_STATES, WEBHOOK_TYPES, type WebhookView } from './webhook';

export const WebhookBody = closed({
  url: Type.String({ minLength: 1, maxLength: 2_048 }),
  types: setOf(WEBHOOK_TYPES),
  description: Type.Optional(prose(200)),
});
export type WebhookBody = Static<typeof WebhookBody>;

export const ReplayBody = closed({ from: Timestamp, to: Timestamp });
export type ReplayBody = Static<typeof ReplayBody>;

export const RotateBody = closed({
  endNow: Type.Optional(
    Type.Boolean({ description: 'The earlier secrets leaked: they sign nothing any more.' }),
  ),
});
export type RotateBody = Static<typeof RotateBody>;

export const SecretAnswer = Type.Object({
  id: Uuid,
  secret: Type.String({
    description: 'Shown this once; `whsec_` and Base64, as Standard Webhooks writes it.',
  }),
});
export type SecretAnswer = Static<typeof SecretAnswer>;

export const ReplayAnswer = Type.Object({ replayId: Uuid, state: Type.Literal('queued') });
export type ReplayAnswer = Static<typeof ReplayAnswer>;

export const TestAnswer = Type.Object({ eventId: Uuid, state: Type.Literal('queued') });
export type TestAnswer = Static<typeof TestAnswer>;

export const WebhookAnswer = Type.Object({
  id: Uuid,
  url: Type.String({ description: 'Without its query, which is often a secret.' }),
  types: Type.Array(Type.String()),
  description: Type.Optional(Type.String()),
  state: oneOf(['active', 'disabled']),
  disabledBecause: Type.Optional(oneOf(['asked', 'gone'])),
  heldUntil: Type.Optional(Timestamp),
  createdAt: Timestamp,
  secrets: Type.Array(Type.Object({ id: Uuid, createdAt: Timestamp, expiresAt: Type.Optional(Timestamp) })),
  counts: Type.Object({
    pending: Type.Integer(),
    delivered: Type.Integer(),
    dead: Type.Integer(),
    failedAttempts: Type.Integer(),
  }),
  last: Type.Optional(
    Type.Object({ outcome: Type.String(), status: Type.Optional(Type.Integer()), at: Timestamp }),
  ),
});
export type WebhookAnswer = Static<typeof WebhookAnswer>;
export const WebhookList = listOf(WebhookAnswer);

export const DeliveriesQuery = listQueryWith({ state: Type.Optional(oneOf(DELIVERY_STATES)) });
export type DeliveriesQuery = Static<typeof DeliveriesQuery>;

export const DeliveryAnswer = Type.Object({
  eventId: Uuid,
  type: Type.Optional(Type.String()),
  state: oneOf(DELIVERY_STATES),
  attempts: Type.Integer(),
  queuedAt: Timestamp,
  dueAt: Type.Optional(Timestamp),
  outcome: Type.Optional(Type.String()),
  status: Type.Optional(Type.Integer()),
  finishedAt: Type.Optional(Timestamp),
});
export type DeliveryAnswer = Static<typeof DeliveryAnswer>;
export const DeliveryList = listOf(DeliveryAnswer);

export function webhookAnswer(webhook: WebhookView): WebhookAnswer {
  const { heldUntil, last, ...plain } = webhook;
  return {
    ...plain,
    url: withoutQuery(webhook.url),
    types: [...webhook.types],
    createdAt: writeInstant(webhook.createdAt),
    secrets: webhook.secrets.map(({ id, createdAt, expiresAt }) => ({
      id,
      createdAt: writeInstant(createdAt),
      ...(expiresAt === undefined ? {} : { expiresAt: writeInstant(expiresAt) }),
    })),
    ...(heldUntil === undefined ? {} : { heldUntil: writeInstant(heldUntil) }),
    ...(last === undefined ? {} : { last: { ...last, at: writeInstant(last.at) } }),
  };
}

export function deliveryAnswer(delivery: Delivery): DeliveryAnswer {
  const { queuedAt, dueAt, finishedAt, ...plain } = delivery;
  return {
    ...plain,
    queuedAt: writeInstant(queuedAt),
    ...(dueAt === undefined ? {} : { dueAt: writeInstant(dueAt) }),
    ...(finishedAt === undefined ? {} : { finishedAt: writeInstant(finishedAt) }),
  };
}

/** Where the page of deliveries begins: they are ordered by the id of their event, which holds its time. */
export function eventBefore(query: { cursor?: string }): { before?: string } {
  if (query.cursor === undefined) return {};
  const { id } = decodeCursor(query.cursor);
  if (!isUuid(id)) throw invalidMember('/cursor', 'Must be the nextCursor of an earlier page.', 'FORMAT');
  return { before: id };
}

function withoutQuery(text: string): string {
  const { origin, pathname, search } = new URL(text);
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}
