import { Module } from '@nestjs/common';
import { CampaignsModule } from '../campaigns/campaigns.module';
import { PoliciesModule } from '../policies/policies.module';
import { LiftStop } from './lift-stop';
import { ReadStops } from './read-stops';
import { RecordStop } from './record-stop';
import { StopsController } from './stops.controller';
import { StopsPort } from './stops.port';
import { StopsRepository } from './stops.repository';

/** What may not be called any more. Decisions read it from the settings; monitors get `StopsPort`. */
@Module({
  imports: [CampaignsModule, PoliciesModule],
  controllers: [StopsController],
  providers: [
    StopsRepository,
    ReadStops,
    RecordStop,
    LiftStop,
    { provide: StopsPort, useExisting: RecordStop },
  ],
  exports: [StopsPort],
})
export class StopsModule {}
