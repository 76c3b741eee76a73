import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { crossingReason, isCrossed, rateOf } from '../../domain/monitoring/monitor';
import type { Instant } from '../../domain/time/instant';
import { Database, type Tx } from '../../platform/database/database';
import { uuidOfName } from '../../platform/ids/uuid-of-name';
import { FlagsPort } from '../flags/flags.port';
import { SettingsCache } from '../settings/settings-cache';
import { StopsPort } from '../stops/stops.port';
import { MonitorReadings, type PresentMonitor, type Reading } from './monitor-readings';
import { MonitorsRepository } from './monitors.repository';
import { TallySlices } from './tally-slices';

/** Who raises the flag of a stop that nobody made. */
const MONITOR: Actor = {
  clientId: uuidOfName('quietline', 'monitor'),
  name: 'monitor',
  kind: 'system',
  roles: [],
};

/**
 * Tallies what may have changed, and stops what has crossed a threshold. A monitor only ever stops: going on takes two
 * persons. Any number of processes may run it: one at a time does, and of two that would stop the same the second fails on
 * a constraint, so that each crossing is one stop.
 */
@Injectable()
export class RunMonitors {
  constructor(
    private readonly database: Database,
    private readonly slices: TallySlices,
    private readonly repository: MonitorsRepository,
    private readonly readings: MonitorReadings,
    private readonly stops: StopsPort,
    private readonly flags: FlagsPort,
    private readonly settings: SettingsCache,
  ) {}

  /** Ids of the stops that it made; undefined where another process is at it, or where it was told to leave off. */
  async run(now: Instant, signal?: AbortSignal): Promise<string[] | undefined> {
    if (!(await this.slices.run(now, signal))) return undefined;
    await this.settings.fresh();
    return this.database.transaction(async (tx) => {
      if (!(await this.repository.takeTurn(tx))) return undefined;
      await this.slices.forget(tx, now);
      return this.evaluate(tx, now);
    });
  }

  /** All is read before anything is written: the stop holds the version of the settings until the commit. */
  private async evaluate(tx: Tx, now: Instant): Promise<string[]> {
    const crossed: { monitor: PresentMonitor; reading: Reading }[] = [];
    for (const monitor of await this.readings.monitors(tx)) {
      for (const reading of await this.readings.of(tx, monitor, now)) {
        const stands = reading.last !== undefined && reading.last.liftedAt === undefined;
        if (!stands && isCrossed(monitor, reading.figures)) crossed.push({ monitor, reading });
      }
    }
    const stopped: string[] = [];
    for (const { monitor, reading } of crossed) stopped.push(await this.stop(tx, monitor, reading, now));
    return stopped;
  }

  private async stop(tx: Tx, monitor: PresentMonitor, reading: Reading, now: Instant): Promise<string> {
    const { scope, figures, since, last } = reading;
    const { id, threshold, minSample, windowHours } = monitor;
    const grounds = {
      monitor: id,
      ...figures,
      rate: rateOf(figures),
      threshold,
      minSample,
      windowHours,
      since,
      limitsVersion: monitor.version,
    };
    const reason = crossingReason(monitor, figures);
    const stop = await this.stops.record(tx, { scope: { ...scope }, live: 'end', reason, grounds });
    await this.repository.insertCrossing(tx, {
      id,
      stopId: stop.id,
      scope,
      after: last?.stopId,
      figures,
      threshold,
      at: now,
    });
    const vendorId =
      scope.kind === 'vendor' ? scope.id : this.settings.current().campaign(scope.id)?.vendorId;
    await this.flags.raise(tx, {
      kind: 'monitor_crossed',
      ...(vendorId === undefined ? {} : { vendorId }),
      causeEventId: stop.eventId,
      detail: { stopId: stop.id, scope: { ...scope }, reason, ...grounds },
      actor: MONITOR,
    });
    return stop.id;
  }
}
