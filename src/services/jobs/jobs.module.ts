import { Global, Module } from '@nestjs/common';
import { BlobsModule } from '../../platform/blobs/blobs.module';
import { JobsController } from './jobs.controller';
import { JobsRepository } from './jobs.repository';
import { JobsService } from './jobs.service';

/** Long work is asked for here. Any service may ask for some, so `JobsService` is everybody's. */
@Global()
@Module({
  imports: [BlobsModule],
  controllers: [JobsController],
  providers: [JobsRepository, JobsService],
  exports: [JobsRepository, JobsService],
})
export class JobsModule {}
