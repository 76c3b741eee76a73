import { Body, Controller, Get, Param, Put, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../../platform/auth/current-actor';
import { type Page, pageOf } from '../../../platform/http/cursor';
import { Idempotency } from '../../../platform/http/idempotency';
import { writeInstant } from '../../../platform/http/instants';
import { ListQuery } from '../../../platform/http/schemas';
import {
  type MappingAnswer,
  MappingAnswer as MappingSchema,
  MappingBody,
  MappingList,
  MappingParams,
} from '../imports.dto';
import type { Mapping } from './mapping';
import { MappingsService } from './mappings.service';

/** How an institution's lists name our columns. */
@Controller('v1/import-mappings')
export class MappingsController {
  constructor(
    private readonly mappings: MappingsService,
    private readonly idempotency: Idempotency,
  ) {}

  @Put(':name')
  @RouteSchema({
    params: MappingParams,
    body: MappingBody,
    response: { 200: MappingSchema, 201: MappingSchema },
  })
  put(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Body() body: MappingBody,
  ): Promise<MappingAnswer> {
    return this.idempotency.run(request, reply, async (tx) => {
      const { mapping, made } = await this.mappings.put(tx, name, body, actorOf(request));
      return { status: made ? 201 : 200, body: answerOf(mapping) };
    });
  }

  @Get(':name')
  @RouteSchema({ params: MappingParams, response: { 200: MappingSchema } })
  async find(@Param('name') name: string): Promise<MappingAnswer> {
    return answerOf(await this.mappings.find(name));
  }

  @Get()
  @RouteSchema({ querystring: ListQuery, response: { 200: MappingList } })
  async list(@Query() query: ListQuery): Promise<Page<MappingAnswer>> {
    const mappings = await this.mappings.list(query);
    return pageOf(mappings, query.limit, ({ changedAt: at, name: id }) => ({ at, id }), answerOf);
  }
}

function answerOf({ changedAt, ...mapping }: Mapping): MappingAnswer {
  return { ...mapping, changedAt: writeInstant(changedAt) };
}
