import { Injectable } from '@nestjs/common';
import {
  added,
  type Figures,
  figuresOf,
  type Limits,
  type Measure,
  type Monitor,
  NO_CALLS,
  type Tally,
  windowStart,
} from '../../domain/monitoring/monitor';
import { HOUR, type Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { SHIPPED_MONITORS } from '../../packs/monitors/shipped-monitors';
import { type Crossing, MonitorsRepository, type Watched } from './monitors.repository';
import { SLICE, sliceOf, type TallyRow, TalliesRepository } from './tallies.repository';

/** A monitor with the limits that hold now. */
export interface PresentMonitor extends Monitor {
  /** The institution's own; 0 while the shipped ones hold. */
  version: number;
}

/** What a monitor sees of one campaign or vendor. */
export interface Reading {
  scope: Watched;
  figures: Figures;
  /** From when on calls count: the window's start, or the lift of the last stop. */
  since: Instant;
  /** Its last stop of this, where there is one. */
  last?: Crossing;
}

/** Reads tallies as the monitors see them. */
@Injectable()
export class MonitorReadings {
  constructor(
    private readonly tallies: TalliesRepository,
    private readonly repository: MonitorsRepository,
  ) {}

  async monitors(tx: Tx): Promise<PresentMonitor[]> {
    const own = await this.repository.limits(tx);
    return SHIPPED_MONITORS.map((shipped) => ({ version: 0, ...shipped, ...own.get(shipped.id) }));
  }

  async monitor(tx: Tx, id: Measure): Promise<PresentMonitor | undefined> {
    return (await this.monitors(tx)).find((monitor) => monitor.id === id);
  }

  /** Of every campaign and vendor with calls in its window. */
  async of(tx: Tx, monitor: { id: Measure } & Limits, now: Instant): Promise<Reading[]> {
    const crossings = new Map(
      (await this.repository.lastCrossings(tx, monitor.id)).map((last) => [keyOf(last.scope), last]),
    );
    const from = sliceOf(now - monitor.windowHours * HOUR);
    const rows = await this.tallies.sums(tx, { from, to: now });
    const readings: Reading[] = [];
    for (const { scope, tally } of watchedIn(rows)) {
      const last = crossings.get(keyOf(scope));
      const since = windowStart(monitor, now, last?.liftedAt);
      const restarted = last?.liftedAt !== undefined && since === last.liftedAt;
      const seen = restarted ? await this.since(tx, scope, since, now) : tally;
      const figures = figuresOf(monitor.id, seen);
      readings.push({ scope, figures, since, ...(last === undefined ? {} : { last }) });
    }
    return readings;
  }

  /** A lift falls into the middle of a slice: what was decided after it is counted call by call. */
  private async since(tx: Tx, { kind, id }: Watched, since: Instant, now: Instant): Promise<Tally> {
    const of = kind === 'campaign' ? { campaignId: id } : { vendorId: id };
    const whole = sliceOf(since) + SLICE;
    const part = await this.tallies.fold(tx, { from: since, to: whole, ...of }, now);
    const rest = whole < now ? await this.tallies.sums(tx, { from: whole, to: now, ...of }) : [];
    return [...part, ...rest].reduce(added, NO_CALLS);
  }
}

/** Each campaign, and each vendor over all of its campaigns. */
function watchedIn(rows: readonly TallyRow[]): { scope: Watched; tally: Tally }[] {
  const watched = new Map<string, { scope: Watched; tally: Tally }>();
  const add = (scope: Watched, tally: Tally): void => {
    if (scope.id === '') return;
    const known = watched.get(keyOf(scope));
    watched.set(keyOf(scope), { scope, tally: added(known?.tally ?? NO_CALLS, tally) });
  };
  for (const row of rows) {
    add({ kind: 'campaign', id: row.campaignId }, row);
    add({ kind: 'vendor', id: row.vendorId }, row);
  }
  return [...watched.values()];
}

const keyOf = ({ kind, id }: Watched): string => `${kind} ${id}`;
