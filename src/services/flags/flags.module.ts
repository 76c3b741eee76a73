import { Module } from '@nestjs/common';
import { PeopleModule } from '../people/people.module';
import { FlagRaisingModule } from './flag-raising.module';
import { FlagsController } from './flags.controller';
import { ReadFlags } from './read-flags';
import { ResolveFlag } from './resolve-flag';

/** Work for compliance. Other services get `FlagsPort`. */
@Module({
  imports: [FlagRaisingModule, PeopleModule],
  controllers: [FlagsController],
  providers: [ReadFlags, ResolveFlag],
  exports: [FlagRaisingModule],
})
export class FlagsModule {}
