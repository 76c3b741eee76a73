import { Body, Controller, Get, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../contracts/actor';
import { actorOf, CurrentActor } from '../../platform/auth/current-actor';
import type { Tx } from '../../platform/database/database';
import type { Page } from '../../platform/http/cursor';
import { Idempotency } from '../../platform/http/idempotency';
import { type PendingApproval, SlugParams } from '../../platform/http/schemas';
import { CampaignSteps } from './campaign-steps.service';
import {
  ApproveBody,
  CampaignAnswer,
  CampaignBody,
  CampaignList,
  CampaignQuery,
  PutOrAsked,
  ReturnBody,
} from './campaigns.dto';
import { CampaignsService } from './campaigns.service';

const STEP = { params: SlugParams, response: { 200: CampaignAnswer } };

@Controller('v1/campaigns')
export class CampaignsController {
  constructor(
    private readonly campaigns: CampaignsService,
    private readonly steps: CampaignSteps,
    private readonly idempotency: Idempotency,
  ) {}

  @Put(':id')
  @RouteSchema({ params: SlugParams, body: CampaignBody, response: PutOrAsked })
  put(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: CampaignBody,
  ): Promise<CampaignAnswer | PendingApproval> {
    return this.idempotency.run(request, reply, (tx) => this.campaigns.put(tx, id, body, actorOf(request)));
  }

  @Get(':id')
  @RouteSchema({ params: SlugParams, response: { 200: CampaignAnswer } })
  find(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<CampaignAnswer> {
    return this.campaigns.find(id, actor);
  }

  @Get()
  @RouteSchema({ querystring: CampaignQuery, response: { 200: CampaignList } })
  list(@Query() query: CampaignQuery, @CurrentActor() actor: Actor): Promise<Page<CampaignAnswer>> {
    return this.campaigns.list(query, actor);
  }

  @Post(':id/submit')
  @RouteSchema(STEP)
  submit(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<CampaignAnswer> {
    return this.step(request, reply, (tx, actor) => this.steps.submit(tx, id, actor));
  }

  @Post(':id/approve')
  @RouteSchema({ ...STEP, body: ApproveBody })
  approve(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: ApproveBody,
  ): Promise<CampaignAnswer> {
    return this.step(request, reply, (tx, actor) => this.steps.approve(tx, id, body, actor));
  }

  @Post(':id/return')
  @RouteSchema({ ...STEP, body: ReturnBody })
  return(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: ReturnBody,
  ): Promise<CampaignAnswer> {
    return this.step(request, reply, (tx, actor) => this.steps.return(tx, id, body, actor));
  }

  @Post(':id/start')
  @RouteSchema(STEP)
  start(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<CampaignAnswer> {
    return this.step(request, reply, (tx, actor) => this.steps.start(tx, id, actor));
  }

  @Post(':id/pause')
  @RouteSchema(STEP)
  pause(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<CampaignAnswer> {
    return this.step(request, reply, (tx, actor) => this.steps.pause(tx, id, actor));
  }

  @Post(':id/end')
  @RouteSchema(STEP)
  end(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<CampaignAnswer> {
    return this.step(request, reply, (tx, actor) => this.steps.end(tx, id, actor));
  }

  private step(
    request: FastifyRequest,
    reply: FastifyReply,
    take: (tx: Tx, actor: Actor) => Promise<CampaignAnswer>,
  ): Promise<CampaignAnswer> {
    return this.idempotency.run(request, reply, async (tx) => ({
      status: 200,
      body: await take(tx, actorOf(request)),
    }));
  }
}
