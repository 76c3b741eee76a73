import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../../contracts/actor';
import { actorOf, CurrentActor } from '../../../platform/auth/current-actor';
import type { Page } from '../../../platform/http/cursor';
import { Idempotency } from '../../../platform/http/idempotency';
import { ListQuery, SlugParams } from '../../../platform/http/schemas';
import { ScriptAnswer, ScriptBody, ScriptList, ScriptParams } from './scripts.dto';
import { ScriptsService } from './scripts.service';

@Controller('v1/campaigns/:id/scripts')
export class ScriptsController {
  constructor(
    private readonly scripts: ScriptsService,
    private readonly idempotency: Idempotency,
  ) {}

  @Post()
  @RouteSchema({ params: SlugParams, body: ScriptBody, response: { 200: ScriptAnswer, 201: ScriptAnswer } })
  submit(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: ScriptBody,
  ): Promise<ScriptAnswer> {
    return this.idempotency.run(request, reply, (tx) => this.scripts.submit(tx, id, body, actorOf(request)));
  }

  @Get()
  @RouteSchema({ params: SlugParams, querystring: ListQuery, response: { 200: ScriptList } })
  list(
    @Param('id') id: string,
    @Query() query: ListQuery,
    @CurrentActor() actor: Actor,
  ): Promise<Page<ScriptAnswer>> {
    return this.scripts.list(id, query, actor);
  }

  @Get(':version')
  @RouteSchema({ params: ScriptParams, response: { 200: ScriptAnswer } })
  find(
    @Param('id') id: string,
    @Param('version') version: string,
    @CurrentActor() actor: Actor,
  ): Promise<ScriptAnswer> {
    return this.scripts.find(id, version, actor);
  }

  @Post(':version/approve')
  @RouteSchema({ params: ScriptParams, response: { 200: ScriptAnswer } })
  approve(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Param('version') version: string,
  ): Promise<ScriptAnswer> {
    return this.idempotency.run(request, reply, async (tx) => ({
      status: 200,
      body: await this.scripts.approve(tx, id, version, actorOf(request)),
    }));
  }
}
