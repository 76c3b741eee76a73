import { Body, Controller, Get, Param, Put, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../../platform/auth/current-actor';
import type { Page } from '../../../platform/http/cursor';
import { Idempotency } from '../../../platform/http/idempotency';
import { ListQuery, SlugParams } from '../../../platform/http/schemas';
import { CallerIdAnswer, CallerIdBody, CallerIdList } from './caller-ids.dto';
import { CallerIdsService } from './caller-ids.service';

@Controller('v1/caller-ids')
export class CallerIdsController {
  constructor(
    private readonly callerIds: CallerIdsService,
    private readonly idempotency: Idempotency,
  ) {}

  @Put(':id')
  @RouteSchema({
    params: SlugParams,
    body: CallerIdBody,
    response: { 200: CallerIdAnswer, 201: CallerIdAnswer },
  })
  put(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: CallerIdBody,
  ): Promise<CallerIdAnswer> {
    return this.idempotency.run(request, reply, (tx) => this.callerIds.put(tx, id, body, actorOf(request)));
  }

  @Get(':id')
  @RouteSchema({ params: SlugParams, response: { 200: CallerIdAnswer } })
  find(@Param('id') id: string): Promise<CallerIdAnswer> {
    return this.callerIds.find(id);
  }

  @Get()
  @RouteSchema({ querystring: ListQuery, response: { 200: CallerIdList } })
  list(@Query() query: ListQuery): Promise<Page<CallerIdAnswer>> {
    return this.callerIds.list(query);
  }
}
