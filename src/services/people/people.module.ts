import { Module } from '@nestjs/common';
import { EvidenceBatch } from '../../platform/evidence/evidence-batch';
import { CampaignsModule } from '../campaigns/campaigns.module';
import { FlagRaisingModule } from '../flags/flag-raising.module';
import { PoliciesModule } from '../policies/policies.module';
import { BroughtConsents } from './changes/brought-consents';
import { PeopleChanges } from './changes/people-changes';
import { PeopleChangesPort } from './changes/people-changes.port';
import { ConsentRefusalsController } from './consents/consent-refusals.controller';
import { BulkConsents } from './bulk/bulk-consents';
import { BulkPeople } from './bulk/bulk-people';
import { BulkReachRepository } from './bulk/bulk-reach.repository';
import { BulkReleases } from './bulk/bulk-releases';
import { BulkWishes } from './bulk/bulk-wishes';
import { BulkWishesRepository } from './bulk/bulk-wishes.repository';
import { BulkReleasesPort, BulkWishesPort } from './bulk/bulk.port';
import { ConsentRows } from './bulk/consent-rows';
import { ConsentRowsRepository } from './bulk/consent-rows.repository';
import { Newcomers } from './bulk/newcomers';
import { NewcomersRepository } from './bulk/newcomers.repository';
import { PeopleRows } from './bulk/people-rows';
import { PeopleRowsRepository } from './bulk/people-rows.repository';
import { ConsentRowsPort, PeopleRowsPort } from './bulk/rows.port';
import { ConsentsController } from './consents/consents.controller';
import { ConsentsRepository } from './consents/consents.repository';
import { OptOutRevocation } from './consents/opt-out-revocation';
import { ReadConsentReceipt } from './consents/receipts/read-consent-receipt';
import { ReadConsents } from './consents/read-consents';
import { ReaskLaw } from './consents/reask-law';
import { ReceiptTerms } from './consents/receipts/receipt-terms';
import { RecordConsent } from './consents/record-consent';
import { SpokenLanguage } from './consents/spoken-language';
import { WithdrawConsent } from './consents/withdraw-consent';
import { CallReportsReader } from './export/call-reports.reader';
import { ExportPages } from './export/export-pages';
import { ExportPerson } from './export/export-person';
import { PersonExportController } from './export/person-export.controller';
import { OpenedEventsReader } from './opened-events.reader';
import { CarriedWordsRepository } from './people/carried-words.repository';
import { NumberTraces } from './people/number-traces';
import { PeopleController } from './people/people.controller';
import { PeopleReader } from './people/people.reader';
import { PeopleRepository } from './people/people.repository';
import { PersonChanges } from './people/person-changes';
import { PutPerson } from './people/put-person';
import { ReadPerson } from './people/read-person';
import { ReadTimeline } from './people/timeline';
import { WrongNumberController } from './people/wrong-number.controller';
import { WrongNumber } from './people/wrong-number';
import { PersonFinder } from './person-finder';
import { PersonRecord } from './person-record';
import { PreferencesPort } from './preferences/preferences.port';
import { PreferencesController } from './preferences/preferences.controller';
import { PreferencesRepository } from './preferences/preferences.repository';
import { ReadPreferences } from './preferences/read-preferences';
import { RecordPreference } from './preferences/record-preference';
import { WithdrawPreference } from './preferences/withdraw-preference';
import { ReadReceipt } from './receipts/read-receipt';
import { ReceiptsController } from './receipts/receipts.controller';
import { ReceiptsRepository } from './receipts/receipts.repository';
import { ReleaseRequests } from './release-requests';
import { OwnWordsPort, SubjectsPort, WishesPort } from './subjects.port';
import { SubjectsRepository } from './subjects.repository';
import { LiftOwnWishes } from './wishes/lift-own-wishes';
import { OptOutLaw } from './wishes/opt-out-law';
import { OwnWordsRepository } from './wishes/own-words.repository';
import { ReleasesPort } from './wishes/releases.port';
import { ReadWishes } from './wishes/read-wishes';
import { RecordWish } from './wishes/record-wish';
import { ReleaseWish } from './wishes/release-wish';
import { SuppressionsController } from './wishes/suppressions.controller';
import { TakeWish } from './changes/take-wish';
import { WishScopes } from './wishes/wish-scopes';
import { WishesRepository } from './wishes/wishes.repository';

/** People, their numbers and their words. Other services get the ports, the record, and the reader of whose numbers are whose. */
@Module({
  imports: [CampaignsModule, FlagRaisingModule, PoliciesModule],
  controllers: [
    PeopleController,
    WrongNumberController,
    SuppressionsController,
    PreferencesController,
    ConsentsController,
    ConsentRefusalsController,
    PersonExportController,
    ReceiptsController,
  ],
  providers: [
    BroughtConsents,
    BulkConsents,
    BulkPeople,
    BulkReachRepository,
    BulkReleases,
    BulkWishes,
    BulkWishesRepository,
    EvidenceBatch,
    ConsentRows,
    ConsentRowsRepository,
    Newcomers,
    NewcomersRepository,
    PeopleRows,
    PeopleRowsRepository,
    { provide: ConsentRowsPort, useExisting: ConsentRows },
    { provide: PeopleRowsPort, useExisting: PeopleRows },
    { provide: BulkReleasesPort, useExisting: BulkReleases },
    { provide: BulkWishesPort, useExisting: BulkWishes },
    CallReportsReader,
    CarriedWordsRepository,
    ConsentsRepository,
    LiftOwnWishes,
    OpenedEventsReader,
    ExportPages,
    ExportPerson,
    OptOutLaw,
    OptOutRevocation,
    OwnWordsRepository,
    NumberTraces,
    PeopleChanges,
    PeopleReader,
    PeopleRepository,
    PersonChanges,
    PersonFinder,
    PersonRecord,
    PreferencesRepository,
    PutPerson,
    ReadConsentReceipt,
    ReadConsents,
    ReadPerson,
    ReadPreferences,
    ReadReceipt,
    ReadTimeline,
    ReadWishes,
    ReaskLaw,
    ReceiptTerms,
    ReceiptsRepository,
    RecordConsent,
    RecordPreference,
    RecordWish,
    ReleaseRequests,
    ReleaseWish,
    SpokenLanguage,
    SubjectsRepository,
    TakeWish,
    WishScopes,
    WishesRepository,
    WithdrawConsent,
    WithdrawPreference,
    WrongNumber,
    { provide: PeopleChangesPort, useExisting: PeopleChanges },
    { provide: PreferencesPort, useExisting: RecordPreference },
    { provide: ReleasesPort, useExisting: ReleaseWish },
    { provide: SubjectsPort, useExisting: SubjectsRepository },
    { provide: WishesPort, useExisting: RecordWish },
    { provide: OwnWordsPort, useExisting: LiftOwnWishes },
  ],
  exports: [
    BulkReleasesPort,
    BulkWishesPort,
    ConsentRowsPort,
    PeopleRowsPort,
    OwnWordsPort,
    PeopleChangesPort,
    PeopleReader,
    PersonRecord,
    PreferencesPort,
    ReleasesPort,
    SubjectsPort,
    WishesPort,
  ],
})
export class PeopleModule {}
