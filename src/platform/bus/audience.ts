import type { Consumer } from './event-bus';

/** Whom a process hands events to. */
export interface Audience {
  /** `consumer/type`, each once. */
  subscriptions: string[];
  /** Wanted whatever happens. */
  types: string[];
  /** Those of `subscriptions` whose events are wanted while `event_demands` holds them. */
  onDemand: string[];
}

/** Of a bus whose only readers are these consumers. */
export function audienceOf(consumers: readonly Consumer[]): Audience {
  const always = consumers.filter((consumer) => consumer.onDemand !== true);
  const types = always.flatMap((consumer) => consumer.types);
  return {
    subscriptions: subscriptionsOf(consumers),
    types: [...new Set<string>(types)],
    onDemand: subscriptionsOf(consumers.filter((consumer) => consumer.onDemand === true)),
  };
}

export function subscriptionsOf(consumers: readonly Consumer[]): string[] {
  return [...new Set(consumers.flatMap(({ name, types }) => types.map((type) => `${name}/${type}`)))];
}
