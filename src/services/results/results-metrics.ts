import { Inject, Injectable } from '@nestjs/common';
import { LOG, type Log } from '../../platform/observability/logger';
import { Metrics } from '../../platform/observability/metrics';
import type { AppliedResult } from './applying/apply-result';

/** What an operator wants to see of vendors: how their reports went, and what counts against them. */
@Injectable()
export class ResultsMetrics {
  private readonly results;
  private readonly unmapped;
  private readonly unread;
  private readonly findings;

  constructor(
    metrics: Metrics,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.results = metrics.counter({
      name: 'quietline_vendor_results_total',
      help: 'Reports of calls that vendors sent afterwards, by what became of them.',
      labels: ['vendor', 'state'],
    });
    this.unmapped = metrics.counter({
      name: 'quietline_vendor_unmapped_labels_total',
      help: 'Words in such reports that no mapping knows, by the member they stood in.',
      labels: ['vendor', 'member'],
    });
    this.unread = metrics.counter({
      name: 'quietline_vendor_unread_members_total',
      help: 'Members of such reports that may have told what the customer said and could not be read.',
      labels: ['vendor', 'member'],
    });
    this.findings = metrics.counter({
      name: 'quietline_vendor_findings_total',
      help: 'Refusals that a vendor overheard, by kind.',
      labels: ['vendor', 'kind'],
    });
  }

  /** After the commit. A word of a vendor's may be anything and is in no log. */
  took(vendor: string, { state, unmapped, unread, alarms, findings }: AppliedResult): void {
    this.results.inc({ vendor, state });
    for (const { kind } of unmapped) this.unmapped.inc({ vendor, member: kind });
    for (const member of unread) this.unread.inc({ vendor, member });
    for (const kind of findings) this.findings.inc({ vendor, kind });
    if (unread.length > 0) {
      this.log.warn(
        { vendorId: vendor, members: unread, newAlarms: alarms },
        'A vendor reports in a form that could not be read whole.',
      );
    }
    if (state === 'unmatched') {
      this.log.warn(
        { vendorId: vendor, newAlarms: alarms },
        'A vendor reports a call that is none of its own.',
      );
    }
    if (unmapped.length === 0) return;
    const members = [...new Set(unmapped.map(({ kind }) => kind))];
    this.log.warn(
      { vendorId: vendor, members, words: unmapped.length, newAlarms: alarms },
      'A vendor reports in words that its mapping does not know.',
    );
  }
}
