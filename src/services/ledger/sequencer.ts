import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Pause } from '../../platform/bus/pause';
import { type Leader, LeadershipLostError } from '../../platform/leases/leader';
import { Leases } from '../../platform/leases/leases';
import { LOG, type Log } from '../../platform/observability/logger';
import { Metrics } from '../../platform/observability/metrics';
import { LedgerRepository } from './ledger.repository';

/** The name of its lease. */
const LEDGER = 'ledger';
const MOST_AT_ONCE = 1_000;
const IDLE_MS = 200;
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 5_000;

/**
 * Gives recorded events consecutive indexes, in one process at a time. It may be killed at any moment: a batch has its
 * indexes and has left the queue, or neither.
 */
@Injectable()
export class Sequencer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly leader: Leader;
  private readonly pause = new Pause();
  private readonly entries;
  private readonly size;
  private running: Promise<void> | undefined;
  private stopping = false;
  private failures = 0;

  constructor(
    private readonly ledger: LedgerRepository,
    leases: Leases,
    metrics: Metrics,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.leader = leases.standFor(LEDGER);
    this.entries = metrics.counter({
      name: 'quietline_ledger_entries_total',
      help: 'Events that this process has given an index in the ledger.',
    });
    this.size = metrics.gauge({
      name: 'quietline_ledger_size',
      help: 'Entries of the ledger when this process last added to it.',
    });
  }

  onApplicationBootstrap(): void {
    this.leader.start();
    this.running = this.run();
  }

  /** The batch in hand is stored; what is left waits for the next leader, who is told at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.pause.end();
    await this.running;
    await this.leader.stop();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const rest = this.leader.leads ? await this.sequence() : IDLE_MS;
      if (rest > 0 && !this.stopping) await this.pause.for(rest);
    }
  }

  /** How long to rest after it. */
  private async sequence(): Promise<number> {
    try {
      const { sequenced, size } = await this.leader.act((tx) => this.ledger.sequence(tx, MOST_AT_ONCE));
      this.entries.inc(sequenced);
      if (size !== null) this.size.set(Number(size));
      if (this.failures > 0) this.log.info({ failures: this.failures }, 'The ledger goes on.');
      this.failures = 0;
      return sequenced < MOST_AT_ONCE ? IDLE_MS : 0;
    } catch (error) {
      if (error instanceof LeadershipLostError) return IDLE_MS;
      this.failures += 1;
      if (this.failures === 1) this.log.error({ err: error }, 'The ledger cannot go on now; trying again.');
      return Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(10, this.failures - 1));
    }
  }
}
