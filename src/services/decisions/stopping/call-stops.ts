import { Inject, Injectable } from '@nestjs/common';
import { reaches, type StoppableCall, stoppableCall } from '../../../domain/suppression/stop-reach';
import { outlives, type Stop } from '../../../domain/suppression/stops';
import type { Tx } from '../../../platform/database/database';
import { LOG, type Log } from '../../../platform/observability/logger';
import { PolicyStore } from '../../policies/policy-store';
import { SettingsCache } from '../../settings/settings-cache';
import { CallReader, type StoredCall } from '../call.reader';
import { mayStillCall } from '../may-still-call';

/** Opened records that are remembered; more than a process has live calls, and what is forgotten is opened again. */
const MOST_REMEMBERED = 20_000;

const NONE: readonly Stop[] = [];

/**
 * Which stops withdrew what was allowed. A stop concerns any number of people, so nothing is written on their rows: it is
 * judged from the settings at each look, report and redemption.
 */
@Injectable()
export class CallStops {
  /** By call: what its record says never changes. Null once the person is erased. */
  private readonly opened = new Map<string, StoppableCall | null>();

  constructor(
    private readonly settings: SettingsCache,
    private readonly calls: CallReader,
    private readonly policies: PolicyStore,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Everything committed before the call is seen from here on. */
  async refresh(): Promise<void> {
    await this.settings.fresh();
  }

  /** Whether a snapshot taken now would find the settings as this process knows them. */
  isCurrent(tx: Tx): Promise<boolean> {
    return this.settings.isCurrent(tx);
  }

  /** A stop, a pause or the end of a vendor came after the allow. */
  async isWithdrawn(tx: Tx, call: StoredCall): Promise<boolean> {
    if (!mayStillCall(this.settings.current(), call.campaignId)) return true;
    return (await this.withdrawing(tx, call)).length > 0;
  }

  /** By the settings as this process last saw them: whoever must not miss one asks for fresh ones before. */
  async withdrawing(tx: Tx, call: StoredCall): Promise<readonly Stop[]> {
    const stops = this.settings.current().stops();
    if (stops.length === 0 || call.outcome !== 'allow') return NONE;
    const found: Stop[] = [];
    for (const stop of stops) {
      if (outlives(stop, call.decidedAt) && (await this.isReached(tx, stop, call))) found.push(stop);
    }
    return found.length === 0 ? NONE : found;
  }

  /** Marks of calls, each together with the stops that withdrew it. */
  async mark(tx: Tx, marks: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
    if (this.settings.current().stops().length === 0) return marks;
    const marked = new Map<string, string>(marks);
    for (const call of await this.calls.findAll(tx, [...marks.keys()])) {
      const stops = await this.withdrawing(tx, call);
      if (stops.length > 0)
        marked.set(call.callId, [marks.get(call.callId), ...stops.map(({ id }) => id)].join('/'));
    }
    return marked;
  }

  private async isReached(tx: Tx, { scope }: Stop, call: StoredCall): Promise<boolean> {
    switch (scope.kind) {
      case 'all':
        return true;
      case 'vendor':
        return call.vendorId === scope.id;
      case 'campaign':
        return call.campaignId === scope.id;
      default: {
        const known = await this.recordOf(tx, call);
        // What nobody can know any more is not exempt.
        return known === null || reaches(scope, known);
      }
    }
  }

  private async recordOf(tx: Tx, call: StoredCall): Promise<StoppableCall | null> {
    const known = this.opened.get(call.callId);
    if (known !== undefined) return known;
    const record = await this.openRecord(tx, call);
    if (this.opened.size >= MOST_REMEMBERED) this.opened.clear();
    this.opened.set(call.callId, record);
    return record;
  }

  /** One record that cannot be opened, and so exempts nobody, must not keep the stops from all other calls. */
  private async openRecord(tx: Tx, call: StoredCall): Promise<StoppableCall | null> {
    try {
      const payload = await this.calls.payload(tx, call);
      return payload === undefined
        ? null
        : stoppableCall(payload.facts, this.policies.current().subdivisions);
    } catch (error) {
      // Fails where it was the database that did: nothing more comes of such a transaction.
      await tx.query({ text: 'SELECT 1', values: [] });
      this.log.error(
        { err: error, callId: call.callId },
        'A decision cannot be opened: every stop ends its call.',
      );
      return null;
    }
  }
}
