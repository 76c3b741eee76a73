import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../contracts/actor';
import { CurrentActor } from '../../platform/auth/current-actor';
import { unmaskReasonOf } from '../../platform/http/unmask';
import { DossierAnswer, DossierParams, ReplayAnswer } from './audit.dto';
import { DossiersService } from './dossiers.service';
import { ReplaysService } from './replays.service';

/** What can be shown of a call afterwards. */
@Controller('v1/audit/calls')
export class AuditController {
  constructor(
    private readonly dossiers: DossiersService,
    private readonly replays: ReplaysService,
  ) {}

  @Get(':callId')
  @RouteSchema({ params: DossierParams, response: { 200: DossierAnswer } })
  read(
    @CurrentActor() actor: Actor,
    @Param() { callId }: DossierParams,
    @Req() request: FastifyRequest,
  ): Promise<DossierAnswer> {
    return this.dossiers.read(actor, callId, unmaskReasonOf(request));
  }

  @Post(':callId/replay')
  @HttpCode(200)
  @RouteSchema({ params: DossierParams, response: { 200: ReplayAnswer } })
  replay(@CurrentActor() actor: Actor, @Param() { callId }: DossierParams): Promise<ReplayAnswer> {
    return this.replays.replay(actor, callId);
  }
}
