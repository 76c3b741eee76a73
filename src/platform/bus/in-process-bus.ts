import { Injectable } from '@nestjs/common';
import { DeadLetters } from './dead-letters';
import { Delivery } from './delivery';
import { type Audience, audienceOf } from './audience';
import { type Batch, type BusEvent, type Consumer, type EventBus, holdOf, type Replay } from './event-bus';

/** The events of one key for one consumer, in order. */
interface Chain {
  consumer: Consumer;
  events: BusEvent[];
}

/**
 * The bus of a process that runs every consumer itself (`ROLE=all`): acceptance is the effect. An event leaves the
 * queue when each of its consumers has handled it, or has it as a dead letter or parked. Several such processes share
 * the buckets by lease, and one that lacks a consumer which another has stands down (see OutboxLeases).
 */
@Injectable()
export class InProcessBus implements EventBus {
  private readonly byName = new Map<string, Consumer>();
  private readonly byType = new Map<string, Consumer[]>();

  constructor(
    private readonly delivery: Delivery,
    private readonly deadLetters: DeadLetters,
  ) {}

  get consumers(): readonly Consumer[] {
    return [...this.byName.values()];
  }

  subscribe(consumer: Consumer): void {
    if (this.byName.has(consumer.name)) {
      throw new Error(`Two consumers of the name ${consumer.name} would share one memory.`);
    }
    this.byName.set(consumer.name, consumer);
    for (const type of new Set<string>(consumer.types)) {
      this.byType.set(type, [...(this.byType.get(type) ?? []), consumer]);
    }
  }

  get audience(): Audience {
    return audienceOf(this.consumers);
  }

  /** Whatever is handed over is handed over by `publish`. */
  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  /** Keys and consumers do not wait for each other within a batch; the batch waits for all of them. */
  async publish(batch: Batch, signal: AbortSignal): Promise<void> {
    const outcomes = await Promise.allSettled(
      this.chainsOf(batch.events).map((chain) => this.follow(chain, batch, signal)),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async replayDeadLetter(consumer: string, eventId: string): Promise<Replay> {
    const known = this.byName.get(consumer);
    if (known === undefined) throw new Error(`This process has no consumer ${consumer}.`);
    return this.deadLetters.replay(known, eventId);
  }

  private async follow(chain: Chain, { lease }: Batch, signal: AbortSignal): Promise<void> {
    const hold = holdOf(lease);
    for (const event of chain.events) await this.delivery.deliver(chain.consumer, event, hold, signal);
  }

  private chainsOf(events: readonly BusEvent[]): Chain[] {
    const chains = new Map<string, Chain>();
    for (const event of events) {
      for (const consumer of this.byType.get(event.type) ?? []) {
        const name = `${consumer.name} ${event.partitionkey}`;
        const chain = chains.get(name);
        if (chain === undefined) chains.set(name, { consumer, events: [event] });
        else chain.events.push(event);
      }
    }
    return [...chains.values()];
  }
}
