import { Module } from '@nestjs/common';
import { FlagsPort } from './flags.port';
import { FlagsRepository } from './flags.repository';
import { RaiseFlags } from './raise-flags';

/** The part of flags that stands below everybody who hears of people: it knows nobody. */
@Module({
  providers: [FlagsRepository, RaiseFlags, { provide: FlagsPort, useExisting: RaiseFlags }],
  exports: [FlagsPort, FlagsRepository, RaiseFlags],
})
export class FlagRaisingModule {}
