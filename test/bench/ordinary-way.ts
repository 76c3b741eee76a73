import 'reflect-metadata';
import {
  Body,
  Controller,
  HttpCode,
  Module,
  Post,
  Req,
  type Type,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Actor } from '../../src/contracts/actor';
import { policyFrom } from '../../src/domain/policy/policy';
import { shippedPolicyBody } from '../../src/packs/load-packs';
import { Keyring } from '../../src/platform/keys/keyring';
import { AuthorizationTokens } from '../../src/services/decisions/authorization-token';
import type { DecisionAnswer } from '../../src/services/decisions/decisions.dto';
import { policyVersionOf } from '../../src/services/policies/policy-store';
import { withInstallation } from './seeding/installation';
import type { OrdinaryArguments } from './processes';
import { RoundClock, serveBench } from './served';
import { AuthorizeDto } from './ordinary/authorize.dto';
import { AuthorizeService, POLICY } from './ordinary/authorize.service';
import { ClientKeyEntity, ENTITIES } from './ordinary/entities';
import { KeyGuard } from './ordinary/key.guard';

@Controller('v1')
class AuthorizeController {
  constructor(private readonly service: AuthorizeService) {}

  @Post('calls/authorize')
  @HttpCode(200)
  @UseGuards(KeyGuard)
  authorize(@Req() request: { asker: Actor }, @Body() body: AuthorizeDto): Promise<DecisionAnswer> {
    return this.service.authorize(request.asker, body);
  }
}

function moduleOf(url: string, keyring: Keyring, clock: RoundClock): Type {
  const body = shippedPolicyBody();
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url,
        entities: ENTITIES,
        synchronize: false,
        // Measured on two processors: fewer starve it, more only wait for each other.
        poolSize: 20,
        extra: { options: '-c synchronous_commit=on' },
      }),
      TypeOrmModule.forFeature([ClientKeyEntity]),
    ],
    controllers: [AuthorizeController],
    providers: [
      AuthorizeService,
      AuthorizationTokens,
      { provide: Keyring, useValue: keyring },
      { provide: RoundClock, useValue: clock },
      { provide: POLICY, useValue: policyFrom(body, policyVersionOf(body)) },
    ],
  })
  class OrdinaryModule {}
  return OrdinaryModule;
}

async function main({ url, kekFile }: OrdinaryArguments): Promise<void> {
  const clock = new RoundClock();
  const keyring = await withInstallation(url, kekFile, (opened) => Promise.resolve(opened));
  const app = await NestFactory.create<NestFastifyApplication>(
    moduleOf(url, keyring, clock),
    new FastifyAdapter(),
    { logger: ['error'] },
  );
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }));
  await serveBench(app, { startRound: (at) => clock.startAt(at) });
}

void main(JSON.parse(process.argv[2] ?? '{}') as OrdinaryArguments);
