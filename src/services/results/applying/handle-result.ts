import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { Database } from '../../../platform/database/database';
import type { StoredMapping } from '../mapping/mappings.repository';
import { ResultsMetrics } from '../results-metrics';
import { type AppliedResult, ApplyResult, type Earlier } from './apply-result';
import { PrepareResult } from './prepare-result';
import { ProvenReports } from './proven-reports';

/** Whose report it is, and by what it is read. */
export interface ReportOf {
  vendorId: string;
  actor: Actor;
  /** The client that brought the report, now or when it came. */
  clientId: string;
  stored: StoredMapping;
}

/** One report from end to end: read, written in one transaction, counted, and passed on to its call's history. */
@Injectable()
export class HandleResult {
  constructor(
    private readonly database: Database,
    private readonly preparing: PrepareResult,
    private readonly applying: ApplyResult,
    private readonly proven: ProvenReports,
    private readonly metrics: ResultsMetrics,
  ) {}

  async take(of: ReportOf, row: unknown): Promise<AppliedResult> {
    const prepared = await this.preparing.prepare(of, row);
    const applied = await this.database.transaction((tx) => this.applying.take(tx, prepared));
    this.metrics.took(of.vendorId, applied);
    await this.proven.report(prepared);
    return applied;
  }

  /** Undefined where somebody else has just done it. */
  async again(of: ReportOf, row: unknown, earlier: Earlier): Promise<AppliedResult | undefined> {
    const prepared = await this.preparing.prepare(of, row);
    const applied = await this.database.transaction((tx) => this.applying.again(tx, prepared, earlier));
    if (applied === undefined) return undefined;
    this.metrics.took(of.vendorId, applied);
    await this.proven.report(prepared);
    return applied;
  }
}
