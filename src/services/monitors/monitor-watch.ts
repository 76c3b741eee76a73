import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { type Instant, MINUTE, SECOND } from '../../domain/time/instant';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { OK, Readiness } from '../../platform/health/readiness';
import { CONFIG } from '../../platform/installation/tokens';
import { Metrics } from '../../platform/observability/metrics';

/** Longer than this, and somebody should look why nothing is watched. */
const MOST = 10 * MINUTE;

/** Says how long ago this process last looked whether a monitor has crossed. Calls go on meanwhile, so it is no fault. */
@Injectable()
export class MonitorWatch {
  private last: Instant;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
    metrics: Metrics,
    readiness: Readiness,
  ) {
    this.last = clock.now();
    const { everySeconds } = config.monitors;
    if (everySeconds === 0) return;
    metrics.gauge(
      {
        name: 'quietline_monitors_age_seconds',
        help: 'Since this process last evaluated the monitors, or since its start.',
      },
      (gauge) => gauge.set(this.age() / SECOND),
    );
    // Whoever asks for an evaluation every hour is not late after ten minutes.
    const most = Math.max(MOST, 2 * everySeconds * SECOND);
    readiness.register('monitors', () =>
      this.age() <= most
        ? OK
        : { status: 'warning', detail: 'The monitors were not evaluated here for too long.' },
    );
  }

  evaluated(): void {
    this.last = this.clock.now();
  }

  private age(): number {
    return this.clock.now() - this.last;
  }
}
