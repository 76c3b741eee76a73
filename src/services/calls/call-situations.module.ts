import { Module } from '@nestjs/common';
import { CallReader } from '../decisions/call.reader';
import { CallStops } from '../decisions/stopping/call-stops';
import { PeopleModule } from '../people/people.module';
import { PoliciesModule } from '../policies/policies.module';
import { CallReportsRepository } from './call-reports.repository';
import { CallSituations } from './call-situations';

/** How calls stand, for a process that takes no reports of them. */
@Module({
  imports: [PeopleModule, PoliciesModule],
  providers: [CallReader, CallReportsRepository, CallSituations, CallStops],
  exports: [CallSituations, CallStops],
})
export class CallSituationsModule {}
