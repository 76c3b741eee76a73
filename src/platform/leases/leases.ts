import { Inject, Injectable } from '@nestjs/common';
import { OK, Readiness } from '../health/readiness';
import { LOG, type Log } from '../observability/logger';
import { Metrics } from '../observability/metrics';
import { Leader } from './leader';
import { LEASE_OPTIONS, type LeaseOptions } from './lease-options';
import { LeasesRepository } from './leases.repository';

/** Gives every part that must not work twice its leader, and says to those who run the gateway who leads. */
@Injectable()
export class Leases {
  private readonly leaders = new Map<string, Leader>();

  constructor(
    private readonly repository: LeasesRepository,
    private readonly readiness: Readiness,
    metrics: Metrics,
    @Inject(LOG) private readonly log: Log,
    @Inject(LEASE_OPTIONS) private readonly options: LeaseOptions,
  ) {
    metrics.gauge(
      {
        name: 'quietline_lease_held',
        help: 'Whether this process leads the work of that name (1) or stands by (0).',
        labels: ['lease'],
      },
      (gauge) => {
        for (const leader of this.leaders.values()) gauge.set({ lease: leader.name }, leader.leads ? 1 : 0);
      },
    );
    metrics.gauge(
      {
        name: 'quietline_lease_epoch',
        help: 'How often that work has changed hands, as its leader knows; 0 in a process that stands by.',
        labels: ['lease'],
      },
      (gauge) => {
        for (const leader of this.leaders.values()) gauge.set({ lease: leader.name }, leader.term);
      },
    );
  }

  /**
   * Whoever stands for it starts and stops it. A process that stands by is ready: it has what it takes to lead.
   * @throws Error where the name is taken in this process.
   */
  standFor(name: string): Leader {
    if (this.leaders.has(name)) throw new Error(`Two parts of this process would share the lease ${name}.`);
    const leader = new Leader(name, this.repository, this.log, this.options);
    this.leaders.set(name, leader);
    this.readiness.register(`lease ${name}`, () =>
      leader.leads ? OK : { status: 'ok', detail: 'Standing by: another process leads.' },
    );
    return leader;
  }
}
