import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module';
import { DecisionsModule } from '../decisions/decisions.module';
import { PeopleModule } from '../people/people.module';
import { SmsModule } from '../sms/sms.module';
import { Arrivals } from './arrivals';
import { CallEventsIn } from './topics/call-events-in';
import { CallRequests } from './topics/call-requests';
import { EffectReaders } from './effect-readers';
import { EffectSources } from './topics/effect-sources';
import { FrontDoorMetrics } from './front-door-metrics';
import { DEFAULT_FRONT_DOOR_OPTIONS, FRONT_DOOR_OPTIONS } from './front-door-options';
import { InboundReaders } from './inbound-readers';
import { InboundLetters } from './letters/inbound-letters.repository';
import { InboundLettersController } from './letters/inbound-letters.controller';
import { LetterEvents } from './letters/letter-events';
import { ReadInboundLetters } from './letters/read-inbound-letters';
import { ReplayInboundLetter } from './letters/replay-inbound-letter';
import { PeopleChangesIn } from './topics/people-changes-in';
import { SmsIn } from './topics/sms-in';

/** What the institution's own systems write to the inbound topics, instead of calling REST. */
@Module({
  imports: [CallsModule, DecisionsModule, PeopleModule, SmsModule],
  controllers: [InboundLettersController],
  providers: [
    { provide: FRONT_DOOR_OPTIONS, useValue: DEFAULT_FRONT_DOOR_OPTIONS },
    Arrivals,
    CallEventsIn,
    CallRequests,
    EffectReaders,
    EffectSources,
    FrontDoorMetrics,
    InboundLetters,
    InboundReaders,
    LetterEvents,
    PeopleChangesIn,
    ReadInboundLetters,
    ReplayInboundLetter,
    SmsIn,
  ],
})
export class FrontDoorModule {}
