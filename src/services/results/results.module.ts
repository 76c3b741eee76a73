import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module';
import { DecisionsModule } from '../decisions/decisions.module';
import { FlagRaisingModule } from '../flags/flag-raising.module';
import { PeopleModule } from '../people/people.module';
import { ApplyResult } from './applying/apply-result';
import { FindOverheard } from './applying/find-overheard';
import { HandleResult } from './applying/handle-result';
import { HearDialogue } from './applying/hear-dialogue';
import { LabelAlarms } from './applying/label-alarms';
import { LabelAlarmsRepository } from './applying/label-alarms.repository';
import { PrepareResult } from './applying/prepare-result';
import { ProvenReports } from './applying/proven-reports';
import { ResultDuties } from './applying/result-duties';
import { FindingsRepository } from './findings.repository';
import { MappingChanges } from './mapping/mapping-changes';
import { MappingsController } from './mapping/mappings.controller';
import { MappingsRepository } from './mapping/mappings.repository';
import { MappingsService } from './mapping/mappings.service';
import { ReadResults } from './read-results';
import { ReapplyResults } from './reapply-results';
import { ResultsController } from './results.controller';
import { ResultsMetrics } from './results-metrics';
import { ResultsRepository } from './results.repository';
import { TakeResults } from './take-results';
import { VendorCallsReader } from './vendor-calls.reader';

/** What outsourcers report after the call, late and in their own words. */
@Module({
  imports: [CallsModule, DecisionsModule, FlagRaisingModule, PeopleModule],
  controllers: [MappingsController, ResultsController],
  providers: [
    ApplyResult,
    FindOverheard,
    FindingsRepository,
    HandleResult,
    HearDialogue,
    LabelAlarms,
    LabelAlarmsRepository,
    MappingChanges,
    MappingsRepository,
    MappingsService,
    PrepareResult,
    ProvenReports,
    ReadResults,
    ReapplyResults,
    ResultDuties,
    ResultsMetrics,
    ResultsRepository,
    TakeResults,
    VendorCallsReader,
  ],
})
export class ResultsModule {}
