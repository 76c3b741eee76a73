import { Module } from '@nestjs/common';
import { DecisionsModule } from '../decisions/decisions.module';
import { FlagsModule } from '../flags/flags.module';
import { OpenedEventsReader } from '../people/opened-events.reader';
import { PeopleModule } from '../people/people.module';
import { CallDuties } from './call-duties';
import { CallReportsRepository } from './call-reports.repository';
import { CallReportsService } from './call-reports.service';
import { CallSituations } from './call-situations';
import { CallsController } from './calls.controller';
import { CallsService } from './calls.service';
import { Hearing } from './hearing';
import { LiveCallers } from './live/live-callers';
import { LiveCalls } from './live/live-calls';
import { LiveCallsReader } from './live/live-calls.reader';
import { LiveWatch } from './live/live-watch';

@Module({
  imports: [DecisionsModule, FlagsModule, PeopleModule],
  controllers: [CallsController],
  providers: [
    CallDuties,
    CallReportsRepository,
    CallReportsService,
    CallSituations,
    CallsService,
    Hearing,
    LiveCallers,
    LiveCalls,
    LiveCallsReader,
    LiveWatch,
    OpenedEventsReader,
  ],
  exports: [CallReportsRepository, CallReportsService],
})
export class CallsModule {}
