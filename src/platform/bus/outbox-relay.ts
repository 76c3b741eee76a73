import { Inject, Injectable } from '@nestjs/common';
import { LOG, type Log } from '../observability/logger';
import { BusMetrics } from './bus-metrics';
import { BUS_OPTIONS, type BusOptions } from './bus-options';
import { type Audience, audienceOf } from './audience';
import { EVENT_BUS, type EventBus, holdOf, type Lease, LeaseLostError } from './event-bus';
import { OutboxLeases } from './outbox-leases';
import { OutboxQueue, type QueuedEvents } from './outbox-queue';
import { Pause } from './pause';

const RENEWALS_A_LEASE = 3;
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 2_000;
/** How long each step of a stop is waited for, after the time for emptying the queue. */
const LAST_WAIT_MS = 1_000;

/** A bucket after batches that were not accepted. */
interface Rest {
  until: number;
  failures: number;
}

/**
 * Empties the outbox into the bus: one loop a process, one batch of a bucket at a time, so that its order holds. A
 * batch leaves the queue after the bus has accepted it; a crash between the two offers it again. While the database is
 * away the loop tries again at growing intervals and says so once.
 */
@Injectable()
export class OutboxRelay {
  private audience: Audience = audienceOf([]);
  private leases: readonly Lease[] = [];
  private readonly inHand = new Map<number, Promise<void>>();
  private readonly rests = new Map<number, Rest>();
  private readonly pause = new Pause();
  private readonly giveUp = new AbortController();
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;
  private stopping = false;
  private renewAt = 0;
  private failures = 0;
  private standsDown = false;

  constructor(
    private readonly queue: OutboxQueue,
    private readonly tenure: OutboxLeases,
    @Inject(EVENT_BUS) private readonly bus: EventBus,
    private readonly metrics: BusMetrics,
    @Inject(LOG) private readonly log: Log,
    @Inject(BUS_OPTIONS) private readonly options: BusOptions,
  ) {}

  /** Once, after every consumer has subscribed. Returns at once; a database that is away is waited for. */
  start(): void {
    if (this.running !== undefined) throw new Error('The relay runs already.');
    this.audience = this.bus.audience;
    this.running = this.run();
  }

  /**
   * Goes on until the queue is empty or `drainMs` have passed, waits for the handlers in hand and gives the buckets
   * back. What is left stays queued. Never rejects: without its leases given back they run out by themselves.
   */
  async stop(): Promise<void> {
    if (this.running === undefined || this.stopping) return;
    this.stopping = true;
    this.ending.abort();
    this.pause.end();
    const drained = await Promise.race([this.running, after(this.options.drainMs + LAST_WAIT_MS)]);
    this.giveUp.abort();
    const settled = await Promise.race([this.settled(), after(LAST_WAIT_MS)]);
    if (drained === 'late' || settled === 'late') {
      const buckets = [...this.inHand.keys()];
      this.log.warn({ buckets }, 'The relay was still at work: what it left will be offered again.');
      return;
    }
    try {
      await Promise.race([this.tenure.leave(), after(LAST_WAIT_MS)]);
    } catch (error) {
      this.log.warn({ err: error }, 'The outbox buckets could not be given back: they will run out.');
    }
    this.metrics.holds(0);
  }

  private async run(): Promise<void> {
    await this.bus.start(this.ending.signal);
    let wait = 0;
    while (!this.stopping) {
      try {
        if (performance.now() >= this.renewAt) await this.renew();
        wait = this.waitAfter(await this.takeOnce(), wait);
        this.recovered();
      } catch (error) {
        wait = this.failed(error);
      }
      if (!this.stopping) await this.pause.for(wait);
    }
    await this.drain(performance.now() + this.options.drainMs);
  }

  private async renew(): Promise<void> {
    const since = performance.now();
    const { leases, standDown } = await this.tenure.renew(this.audience, new Set(this.inHand.keys()));
    this.leases = leases;
    this.renewAt = since + this.options.leaseMs / RENEWALS_A_LEASE;
    this.metrics.holds(leases.length);
    if (standDown && !this.standsDown) {
      this.log.warn({}, 'Another process has consumers that this one lacks: it leaves the outbox alone.');
    }
    this.standsDown = standDown;
  }

  /** Takes from every bucket that has nothing in hand. */
  private async takeOnce(): Promise<'nothing' | 'some' | 'more'> {
    const now = performance.now();
    const ready = this.leases.filter(
      ({ bucket }) => !this.inHand.has(bucket) && (this.rests.get(bucket)?.until ?? 0) <= now,
    );
    if (ready.length === 0) return 'nothing';
    const limit = Math.ceil(this.options.batch / ready.length);
    const { read, passed, more, batches } = await this.queue.take(ready, limit, this.audience);
    this.metrics.leftOutbox('passed', passed);
    for (const batch of batches) {
      const { bucket } = batch.lease;
      this.inHand.set(
        bucket,
        this.carry(batch).finally(() => this.inHand.delete(bucket)),
      );
    }
    if (more) return 'more';
    return read > 0 ? 'some' : 'nothing';
  }

  /** Publishes one batch, then takes it off the queue. Never rejects. */
  private async carry({ lease, events, seqs }: QueuedEvents): Promise<void> {
    const { bucket } = lease;
    try {
      await this.bus.publish({ lease, events }, this.giveUp.signal);
      if (!(await this.queue.remove(lease, seqs))) throw new LeaseLostError(holdOf(lease));
      this.metrics.leftOutbox('published', seqs.length);
      if (this.rests.delete(bucket) && this.rests.size === 0) {
        this.log.info({}, 'Every bucket of the outbox is carried again.');
      }
      // There may be more behind it.
      this.pause.end();
    } catch (error) {
      this.notCarried(bucket, error);
    }
  }

  private notCarried(bucket: number, error: unknown): void {
    if (error instanceof LeaseLostError) {
      this.leases = this.leases.filter((lease) => lease.bucket !== bucket);
      this.rests.delete(bucket);
      this.log.warn({ bucket }, 'An outbox bucket went to another process.');
      return;
    }
    if (this.giveUp.signal.aborted) return;
    const failures = (this.rests.get(bucket)?.failures ?? 0) + 1;
    // One line for an outage, not one for every bucket and try.
    const tell = this.rests.size === 0 ? 'warn' : 'debug';
    const rest = restAfter(failures);
    this.rests.set(bucket, { failures, until: performance.now() + rest });
    this.log[tell](
      { bucket, failures, err: error },
      'A batch was not accepted: it and those of other buckets are offered again until they are.',
    );
  }

  private waitAfter(found: 'nothing' | 'some' | 'more', before: number): number {
    const { busy, idle } = this.options.pollMs;
    if (found === 'more') return 0;
    return found === 'some' ? busy : Math.min(idle, Math.max(busy, before * 1.5));
  }

  private failed(error: unknown): number {
    this.failures += 1;
    if (this.failures === 1) this.log.error({ err: error }, 'The outbox cannot be read; trying again.');
    return restAfter(this.failures);
  }

  private recovered(): void {
    if (this.failures > 0) this.log.info({ failures: this.failures }, 'The outbox is read again.');
    this.failures = 0;
  }

  private async drain(until: number): Promise<void> {
    try {
      while (performance.now() < until) {
        const late = after(until - performance.now());
        if ((await Promise.race([this.settled(), late])) === 'late') return;
        if ((await this.takeOnce()) === 'nothing') return;
      }
    } catch (error) {
      this.log.warn({ err: error }, 'The outbox could not be emptied before the stop.');
    }
  }

  private async settled(): Promise<void> {
    await Promise.all(this.inHand.values());
  }
}

function restAfter(failures: number): number {
  return Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - 1));
}

function after(ms: number): Promise<'late'> {
  return new Promise((resolve) => setTimeout(() => resolve('late'), ms).unref());
}
