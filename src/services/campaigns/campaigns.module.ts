import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PoliciesModule } from '../policies/policies.module';
import { CallerIdRow } from './caller-ids/caller-id.entity';
import { CallerIdsController } from './caller-ids/caller-ids.controller';
import { CallerIdsRepository } from './caller-ids/caller-ids.repository';
import { CallerIdsService } from './caller-ids/caller-ids.service';
import { CampaignReferences } from './campaign-references';
import { CampaignSteps } from './campaign-steps.service';
import { CampaignRow } from './campaign.entity';
import { CampaignsController } from './campaigns.controller';
import { CampaignsRepository } from './campaigns.repository';
import { CampaignsService } from './campaigns.service';
import { EntitiesController } from './entities/entities.controller';
import { EntitiesRepository } from './entities/entities.repository';
import { EntitiesService } from './entities/entities.service';
import { EntityRow } from './entities/entity.entity';
import { ScopeNamesReader } from './scopes/scope-names.reader';
import { ScriptRow } from './scripts/script.entity';
import { ScriptsController } from './scripts/scripts.controller';
import { ScriptsRepository } from './scripts/scripts.repository';
import { ScriptsService } from './scripts/scripts.service';
import { VendorRow } from './vendors/vendor.entity';
import { VendorsController } from './vendors/vendors.controller';
import { VendorsRepository } from './vendors/vendors.repository';
import { VendorsService } from './vendors/vendors.service';

/** Who calls, why, with what words and from which numbers. Decisions read all of it from the settings. */
@Module({
  imports: [
    TypeOrmModule.forFeature([EntityRow, VendorRow, CallerIdRow, CampaignRow, ScriptRow]),
    PoliciesModule,
  ],
  controllers: [
    EntitiesController,
    VendorsController,
    CallerIdsController,
    CampaignsController,
    ScriptsController,
  ],
  providers: [
    EntitiesRepository,
    EntitiesService,
    VendorsRepository,
    VendorsService,
    CallerIdsRepository,
    CallerIdsService,
    ScriptsRepository,
    ScriptsService,
    CampaignsRepository,
    CampaignReferences,
    CampaignsService,
    CampaignSteps,
    ScopeNamesReader,
  ],
  exports: [ScopeNamesReader],
})
export class CampaignsModule {}
