import { Module } from '@nestjs/common';
import { DecisionsModule } from '../decisions/decisions.module';
import { LedgerReader } from '../ledger/ledger.reader';
import { PoliciesModule } from '../policies/policies.module';
import { AuditController } from './audit.controller';
import { AuditReader } from './audit.reader';
import { DossiersService } from './dossiers.service';
import { ReplaysService } from './replays.service';

@Module({
  imports: [DecisionsModule, PoliciesModule],
  controllers: [AuditController],
  providers: [AuditReader, DossiersService, LedgerReader, ReplaysService],
})
export class AuditModule {}
