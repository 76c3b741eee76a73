import { Global, Module } from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { Authenticator } from '../../platform/auth/authenticator';
import { ClientDirectory } from '../../platform/auth/client-directory';
import { OidcVerifier } from '../../platform/auth/oidc-verifier';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { CONFIG } from '../../platform/installation/tokens';
import { ClientsController } from './clients.controller';
import { ClientsRepository } from './clients.repository';
import { ClientsService } from './clients.service';
import { FirstAdmin } from './first-admin';
import { KnownClientsDirectory } from './known-clients';

/** Who may call, and how a request is recognised. */
@Global()
@Module({
  controllers: [ClientsController],
  providers: [
    ClientsService,
    ClientsRepository,
    FirstAdmin,
    { provide: ClientDirectory, useClass: KnownClientsDirectory },
    {
      provide: Authenticator,
      inject: [ClientDirectory, CLOCK, CONFIG],
      useFactory: (directory: ClientDirectory, clock: Clock, config: Config) => {
        const { oidc } = config.auth;
        const verifier = oidc === undefined ? undefined : new OidcVerifier(oidc, () => clock.now());
        return new Authenticator(directory, clock, verifier);
      },
    },
  ],
  exports: [Authenticator],
})
export class ClientsModule {}
