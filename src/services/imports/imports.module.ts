import { Module } from '@nestjs/common';
import { BlobsModule } from '../../platform/blobs/blobs.module';
import { CampaignsModule } from '../campaigns/campaigns.module';
import { PeopleModule } from '../people/people.module';
import { ImportJobs, ImportTools } from './import-jobs';
import { ImportKinds } from './import-kinds';
import { ImportsController } from './imports.controller';
import { ImportsRepository } from './imports.repository';
import { ConsentsImport } from './kinds/consents-import';
import { PeopleImport } from './kinds/people-import';
import { ReleaseLists } from './kinds/release-lists';
import { RowTools } from './kinds/row-tools';
import { SuppressionResults } from './kinds/suppression-results';
import { SuppressionsImport } from './kinds/suppressions-import';
import { MappingsController } from './mappings/mappings.controller';
import { MappingsRepository } from './mappings/mappings.repository';
import { MappingsService } from './mappings/mappings.service';
import { UploadSettings, UploadsService } from './uploads/uploads.service';

/** Lists of other systems: what they bring is written as if each row had been said alone. */
@Module({
  imports: [BlobsModule, CampaignsModule, PeopleModule],
  controllers: [ImportsController, MappingsController],
  providers: [
    ConsentsImport,
    ImportJobs,
    ImportKinds,
    ImportsRepository,
    ImportTools,
    MappingsRepository,
    MappingsService,
    PeopleImport,
    ReleaseLists,
    RowTools,
    SuppressionResults,
    SuppressionsImport,
    UploadSettings,
    UploadsService,
  ],
})
export class ImportsModule {}
