import { Module } from '@nestjs/common';
import { DecisionsModule } from '../decisions/decisions.module';
import { PeopleModule } from '../people/people.module';
import { CallReportsRepository } from './call-reports.repository';
import { CallReportsService } from './call-reports.service';
import { CallsController } from './calls.controller';
import { CallsService } from './calls.service';
import { Refusals } from './refusals';

@Module({
  imports: [DecisionsModule, PeopleModule],
  controllers: [CallsController],
  providers: [CallReportsRepository, CallReportsService, CallsService, Refusals],
  exports: [CallReportsRepository],
})
export class CallsModule {}
