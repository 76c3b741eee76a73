import { Body, Controller, Get, Param, Put, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../../platform/auth/current-actor';
import type { Page } from '../../../platform/http/cursor';
import { Idempotency } from '../../../platform/http/idempotency';
import { ListQuery, SlugParams } from '../../../platform/http/schemas';
import { EntityAnswer, EntityBody, EntityList } from './entities.dto';
import { EntitiesService } from './entities.service';

@Controller('v1/entities')
export class EntitiesController {
  constructor(
    private readonly entities: EntitiesService,
    private readonly idempotency: Idempotency,
  ) {}

  @Put(':id')
  @RouteSchema({ params: SlugParams, body: EntityBody, response: { 200: EntityAnswer, 201: EntityAnswer } })
  put(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: EntityBody,
  ): Promise<EntityAnswer> {
    return this.idempotency.run(request, reply, (tx) => this.entities.put(tx, id, body, actorOf(request)));
  }

  @Get(':id')
  @RouteSchema({ params: SlugParams, response: { 200: EntityAnswer } })
  find(@Param('id') id: string): Promise<EntityAnswer> {
    return this.entities.find(id);
  }

  @Get()
  @RouteSchema({ querystring: ListQuery, response: { 200: EntityList } })
  list(@Query() query: ListQuery): Promise<Page<EntityAnswer>> {
    return this.entities.list(query);
  }
}
