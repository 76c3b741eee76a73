import { Module } from '@nestjs/common';
import { CampaignsModule } from '../campaigns/campaigns.module';
import { PoliciesModule } from '../policies/policies.module';
import { ConsentsController } from './consents/consents.controller';
import { ConsentsRepository } from './consents/consents.repository';
import { ReadConsents } from './consents/read-consents';
import { RecordConsent } from './consents/record-consent';
import { WithdrawConsent } from './consents/withdraw-consent';
import { OpenedEventsReader } from './opened-events.reader';
import { CarriedWordsRepository } from './people/carried-words.repository';
import { PeopleController } from './people/people.controller';
import { PeopleReader } from './people/people.reader';
import { PeopleRepository } from './people/people.repository';
import { PersonChanges } from './people/person-changes';
import { PutPerson } from './people/put-person';
import { ReadPerson } from './people/read-person';
import { ReadTimeline } from './people/timeline';
import { PersonFinder } from './person-finder';
import { PersonRecord } from './person-record';
import { PreferencesController } from './preferences/preferences.controller';
import { PreferencesRepository } from './preferences/preferences.repository';
import { ReadPreferences } from './preferences/read-preferences';
import { RecordPreference } from './preferences/record-preference';
import { WithdrawPreference } from './preferences/withdraw-preference';
import { ReadReceipt } from './receipts/read-receipt';
import { ReceiptsController } from './receipts/receipts.controller';
import { ReceiptsRepository } from './receipts/receipts.repository';
import { ReleaseRequests } from './release-requests';
import { SubjectsPort, WishesPort } from './subjects.port';
import { SubjectsRepository } from './subjects.repository';
import { OptOutLaw } from './wishes/opt-out-law';
import { ReadWishes } from './wishes/read-wishes';
import { RecordWish } from './wishes/record-wish';
import { ReleaseWish } from './wishes/release-wish';
import { SuppressionsController } from './wishes/suppressions.controller';
import { WishScopes } from './wishes/wish-scopes';
import { WishesRepository } from './wishes/wishes.repository';

/** People, their numbers and their words. Other services get the two ports and nothing else. */
@Module({
  imports: [CampaignsModule, PoliciesModule],
  controllers: [
    PeopleController,
    SuppressionsController,
    PreferencesController,
    ConsentsController,
    ReceiptsController,
  ],
  providers: [
    CarriedWordsRepository,
    ConsentsRepository,
    OpenedEventsReader,
    OptOutLaw,
    PeopleReader,
    PeopleRepository,
    PersonChanges,
    PersonFinder,
    PersonRecord,
    PreferencesRepository,
    PutPerson,
    ReadConsents,
    ReadPerson,
    ReadPreferences,
    ReadReceipt,
    ReadTimeline,
    ReadWishes,
    ReceiptsRepository,
    RecordConsent,
    RecordPreference,
    RecordWish,
    ReleaseRequests,
    ReleaseWish,
    SubjectsRepository,
    WishScopes,
    WishesRepository,
    WithdrawConsent,
    WithdrawPreference,
    { provide: SubjectsPort, useExisting: SubjectsRepository },
    { provide: WishesPort, useExisting: RecordWish },
  ],
  exports: [SubjectsPort, WishesPort],
})
export class PeopleModule {}
