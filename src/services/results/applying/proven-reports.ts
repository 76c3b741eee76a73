import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { type ProvenEvent, provenEvents } from '../../../domain/results/proven-events';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database } from '../../../platform/database/database';
import { writeInstant } from '../../../platform/http/instants';
import { LOG, type Log } from '../../../platform/observability/logger';
import { CallReportsService } from '../../calls/call-reports.service';
import type { CallReport } from '../../calls/calls.dto';
import { SettingsCache } from '../../settings/settings-cache';
import { VendorCallsReader } from '../vendor-calls.reader';
import type { PreparedResult } from './prepare-result';

/** Passes on what a result proves of its call, as if the vendor's own dialer had told it at the time. */
@Injectable()
export class ProvenReports {
  constructor(
    private readonly database: Database,
    private readonly calls: VendorCallsReader,
    private readonly reports: CallReportsService,
    private readonly settings: SettingsCache,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** After the result itself is stored. Each is told once, also where an earlier attempt broke off in between. */
  async report(prepared: PreparedResult): Promise<void> {
    const { call, read, heard, vendorId } = prepared;
    if (call === undefined) return;
    const { types: told } = await this.database.transaction((tx) => this.calls.told(tx, call.callId));
    const life = { decidedAt: call.decidedAt, now: this.clock.now(), told };
    const meant = read.labels.some(({ meanings = [] }) => meanings.includes('human_request'));
    const labels = meant ? [...heard.labels, 'human_request' as const] : heard.labels;
    for (const event of provenEvents(read, labels, life)) {
      try {
        await this.reports.report(this.actorFor(prepared), call.callId, bodyOf(event));
      } catch (error) {
        // What a call's history does not take is no reason to lose the result, which is stored. A fault is one.
        if (!(error instanceof AppError)) throw error;
        this.log.warn(
          { vendorId, callId: call.callId, type: event.type, code: error.code },
          'A result was not taken.',
        );
      }
    }
  }

  /** A vendor speaks for its own dialer, whichever client it reports by; nobody else does. */
  private actorFor({ actor, call, vendorId }: PreparedResult): Actor {
    if (actor.vendorId !== vendorId) return actor;
    const dialer = this.settings.current().client(call?.clientId ?? '');
    return dialer?.vendorId === vendorId ? dialer : actor;
  }
}

const bodyOf = ({ at, ...event }: ProvenEvent): CallReport => ({ ...event, at: writeInstant(at) });
