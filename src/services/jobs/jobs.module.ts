import { Global, Module } from '@nestjs/common';
import { BlobsModule } from '../../platform/blobs/blobs.module';
import { JobRunner } from './job-runner';
import { JobUpkeep } from './job-upkeep';
import { JobWaits } from './job-waits';
import { JobsController } from './jobs.controller';
import { JobsRepository } from './jobs.repository';
import { JobsService } from './jobs.service';

/** Long work. Any service may ask for some, so `JobsService` is everybody's. */
@Global()
@Module({
  imports: [BlobsModule],
  controllers: [JobsController],
  providers: [JobRunner, JobsRepository, JobsService, JobUpkeep, JobWaits],
  exports: [JobsService],
})
export class JobsModule {}
