import type { MigrationInterface } from 'typeorm';
import { CreateSettings1763600000000 } from '../../../migrations/1763600000000-create-settings';
import { CreateEvidence1763600100000 } from '../../../migrations/1763600100000-create-evidence';
import { CreatePeople1763600200000 } from '../../../migrations/1763600200000-create-people';
import { CreateCalls1763600300000 } from '../../../migrations/1763600300000-create-calls';
import { LightenWrites1763600400000 } from '../../../migrations/1763600400000-lighten-writes';
import { CreateSms1763600500000 } from '../../../migrations/1763600500000-create-sms';
import { CreateFlags1763600600000 } from '../../../migrations/1763600600000-create-flags';
import { CreateWebhooks1763600700000 } from '../../../migrations/1763600700000-create-webhooks';
import { ConsentLedger1763600800000 } from '../../../migrations/1763600800000-consent-ledger';
import { CreateJobs1763600900000 } from '../../../migrations/1763600900000-create-jobs';
import { CreateResults1763601000000 } from '../../../migrations/1763601000000-create-results';
import { CreateMy1763601100000 } from '../../../migrations/1763601100000-create-my';
import { DemandEvents1763601300000 } from '../../../migrations/1763601300000-demand-events';
import { CreateFlagRepeats1763601400000 } from '../../../migrations/1763601400000-create-flag-repeats';
import { WordTimes1763601500000 } from '../../../migrations/1763601500000-word-times';
import { BoundTraces1763601700000 } from '../../../migrations/1763601700000-bound-traces';
import { CreateStops1763601800000 } from '../../../migrations/1763601800000-create-stops';
import { CreateMonitors1763601800001 } from '../../../migrations/1763601800001-create-monitors';
import { CarryEventsOnKafka1763601900000 } from '../../../migrations/1763601900000-carry-events-on-kafka';
import { CreateLedger1763602000000 } from '../../../migrations/1763602000000-create-ledger';
import { KeepInboundLetters1763602100000 } from '../../../migrations/1763602100000-keep-inbound-letters';
import { CreateLetterReplays1763602200000 } from '../../../migrations/1763602200000-create-letter-replays';

/** A migration's class; the end of its name is the time it was written, which orders it. */
export type MigrationClass = new () => MigrationInterface;

/** Every migration, oldest first. */
export const migrations: MigrationClass[] = [
  CreateSettings1763600000000,
  CreateEvidence1763600100000,
  CreatePeople1763600200000,
  CreateCalls1763600300000,
  LightenWrites1763600400000,
  CreateSms1763600500000,
  CreateFlags1763600600000,
  CreateWebhooks1763600700000,
  ConsentLedger1763600800000,
  CreateJobs1763600900000,
  CreateResults1763601000000,
  CreateMy1763601100000,
  DemandEvents1763601300000,
  CreateFlagRepeats1763601400000,
  WordTimes1763601500000,
  BoundTraces1763601700000,
  CreateStops1763601800000,
  CreateMonitors1763601800001,
  CarryEventsOnKafka1763601900000,
  CreateLedger1763602000000,
  KeepInboundLetters1763602100000,
  CreateLetterReplays1763602200000,
];
