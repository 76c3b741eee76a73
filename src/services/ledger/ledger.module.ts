import { Module } from '@nestjs/common';
import { LedgerRepository } from './ledger.repository';
import { Sequencer } from './sequencer';

/** The order of everything that was recorded. */
@Module({ providers: [LedgerRepository, Sequencer] })
export class LedgerModule {}
