import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { BlobStore } from '../../platform/blobs/blob-store';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { Database } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { ApprovalsService } from '../approvals/approvals.service';
import { JobsService } from '../jobs/jobs.service';
import { ImportKinds } from './import-kinds';
import { CONSENTS_IMPORT, type ImportServices } from './import-work';
import { ImportsRepository } from './imports.repository';
import { takeUploads } from './uploads/upload-bodies';

/** What the work of every import stands on. */
@Injectable()
export class ImportTools implements ImportServices {
  constructor(
    readonly blobs: BlobStore,
    readonly database: Database,
    readonly repository: ImportsRepository,
    readonly approvals: ApprovalsService,
    readonly evidence: EvidenceWriter,
    @Inject(CLOCK) readonly clock: Clock,
  ) {}
}

/** Makes imports a kind of job, and their endpoints take files, before anybody can ask for one. */
@Injectable()
export class ImportJobs implements OnModuleInit {
  constructor(
    private readonly jobs: JobsService,
    private readonly kinds: ImportKinds,
    private readonly tools: ImportTools,
    private readonly host: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    for (const [subject, work] of Object.entries(this.kinds.works(this.tools))) {
      this.jobs.register(`${subject}.import`, work);
    }
    this.tools.approvals.register(CONSENTS_IMPORT, {
      deciders: ['compliance'],
      execute: (tx, approval) => this.jobs.goOn(tx, approval.subject, approval.id),
    });
    takeUploads(this.host.httpAdapter.getInstance<FastifyInstance>());
  }
}
