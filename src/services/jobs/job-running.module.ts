import { Module } from '@nestjs/common';
import { BlobsModule } from '../../platform/blobs/blobs.module';
import { JobRunner } from './job-runner';
import { JobUpkeep } from './job-upkeep';
import { JobWaits } from './job-waits';
import { JobsModule } from './jobs.module';

/** Long work is done here, for whatever kinds the other modules of this process have registered. */
@Module({ imports: [BlobsModule, JobsModule], providers: [JobRunner, JobUpkeep, JobWaits] })
export class JobRunningModule {}
