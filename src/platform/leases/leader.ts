import { Pause } from '../bus/pause';
import type { Tx } from '../database/database';
import type { Log } from '../observability/logger';
import type { LeaseOptions } from './lease-options';
import type { LeasesRepository } from './leases.repository';

const RENEWALS_A_LEASE = 3;

/** Somebody else leads now: whatever this process still has in hand must have no effect. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';

  constructor(lease: string) {
    super(`The lease ${lease} has gone to another process.`);
  }
}

/**
 * One process's standing for work that only one may do at a time. It leads or stands by, and finds out by itself; a
 * standby takes over when the leader gives the lease back, or has been silent for as long as it lasts.
 */
export class Leader {
  private epoch: string | undefined;
  private running: Promise<void> | undefined;
  private readonly pause = new Pause();
  private stopping = false;
  private failing = false;

  constructor(
    readonly name: string,
    private readonly leases: LeasesRepository,
    private readonly log: Log,
    private readonly options: LeaseOptions,
  ) {}

  /** Whether it led when it last looked; what it does as a leader finds out by itself whether that still holds. */
  get leads(): boolean {
    return this.epoch !== undefined;
  }

  /** 0 while another process leads. */
  get term(): number {
    return Number(this.epoch ?? 0);
  }

  /** Returns at once; a database that is away is waited for. */
  start(): void {
    this.running ??= this.run();
  }

  /** Gives the lease back, so that a standby need not wait for its end. Nothing may be in hand any more. Never rejects. */
  async stop(): Promise<void> {
    if (this.running === undefined || this.stopping) return;
    this.stopping = true;
    this.pause.end();
    await this.running;
    if (this.epoch === undefined) return;
    this.epoch = undefined;
    try {
      await this.leases.release(this.name);
    } catch (error) {
      this.log.warn({ err: error, lease: this.name }, 'A lease could not be given back: it will run out.');
    }
  }

  /**
   * Stores an effect of the leader, or nothing: the transaction holds the lease, so that nobody takes over before it has
   * ended. The work waits for nothing but the database.
   * @throws LeadershipLostError where this process does not lead any more.
   */
  async act<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { epoch } = this;
    if (epoch === undefined) throw new LeadershipLostError(this.name);
    return this.leases.transaction(async (tx) => {
      if (!(await this.leases.fence(tx, this.name, epoch))) {
        if (this.epoch === epoch) this.lose();
        throw new LeadershipLostError(this.name);
      }
      return work(tx);
    });
  }

  private async run(): Promise<void> {
    let made = false;
    while (!this.stopping) {
      const { leaseMs, standbyMs } = this.options;
      try {
        if (!made) await this.leases.make(this.name);
        made = true;
        this.found(await this.leases.keepOrTake(this.name, leaseMs));
        this.failing = false;
      } catch (error) {
        // It may lead still: what it does is fenced, and the lease runs out by the database's own clock.
        if (!this.failing) this.log.warn({ err: error, lease: this.name }, 'A lease cannot be renewed now.');
        this.failing = true;
      }
      if (!this.stopping) {
        await this.pause.for(this.leads && !this.failing ? leaseMs / RENEWALS_A_LEASE : standbyMs);
      }
    }
  }

  private found(epoch: string | undefined): void {
    if (epoch === this.epoch) return;
    if (epoch === undefined) return this.lose();
    this.epoch = epoch;
    this.log.info({ lease: this.name, epoch }, 'This process leads now.');
  }

  private lose(): void {
    this.epoch = undefined;
    this.log.warn({ lease: this.name }, 'Another process leads now; this one stands by.');
  }
}
