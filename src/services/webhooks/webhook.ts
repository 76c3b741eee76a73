import type { Instant } from '../../domain/time/instant';
import { type EventType, type Topic, TOPICS } from '../../contracts/topics';

/** What can be subscribed to: every type that leaves a process. */
export const WEBHOOK_TYPES: readonly EventType[] = (Object.keys(TOPICS) as Topic[]).flatMap(
  (topic): readonly EventType[] => TOPICS[topic],
);

/** Of the event that `POST /v1/webhooks/{id}/test` sends. */
export const TEST_TYPE = 'webhook.tested.v1' satisfies EventType;

export interface Webhook {
  id: string;
  url: string;
  types: readonly string[];
  description?: string;
  state: 'active' | 'disabled';
  /** `asked`: by an officer; `gone`: the subscriber answered 410. */
  disabledBecause?: 'asked' | 'gone';
  disabledAt?: Instant;
  /** The subscriber asked for a pause until then. */
  heldUntil?: Instant;
  createdAt: Instant;
}

/** What stands beside a webhook where it is shown. */
export interface WebhookView extends Webhook {
  /** Those that sign now or signed until lately, newest first. */
  secrets: readonly { id: string; createdAt: Instant; expiresAt?: Instant }[];
  counts: { pending: number; delivered: number; dead: number; failedAttempts: number };
  last?: { outcome: string; status?: number; at: Instant };
}

export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One event on its way to one subscriber. */
export interface Delivery {
  eventId: string;
  type?: string;
  state: DeliveryState;
  attempts: number;
  queuedAt: Instant;
  /** Of a pending one: when it is sent next, or sent again if its sender has died meanwhile. */
  dueAt?: Instant;
  outcome?: string;
  status?: number;
  finishedAt?: Instant;
}

/** As it stands in the record: never a secret, and the whole URL only where the payload is sealed. */
export function webhookMembers(webhook: Webhook): {
  url: string;
  types: string[];
  description: string | undefined;
  state: string;
} {
  const { url, types, description, state } = webhook;
  return { url, types: [...types], description, state };
}
