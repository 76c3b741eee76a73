import { Body, Controller, Get, Param, Put, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../../contracts/actor';
import { actorOf, CurrentActor } from '../../../platform/auth/current-actor';
import { Idempotency } from '../../../platform/http/idempotency';
import type { PendingApproval } from '../../../platform/http/schemas';
import { MappingAnswer, MappingBody, MappingQuery, PutOrAsked, VendorParams } from './mapping.dto';
import { MappingsService } from './mappings.service';

/** What a vendor's reports after the call mean. */
@Controller('v1/vendors/:id/results-mapping')
export class MappingsController {
  constructor(
    private readonly mappings: MappingsService,
    private readonly idempotency: Idempotency,
  ) {}

  @Put()
  @RouteSchema({ params: VendorParams, body: MappingBody, response: PutOrAsked })
  put(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: MappingBody,
  ): Promise<MappingAnswer | PendingApproval> {
    return this.idempotency.run(request, reply, (tx) => this.mappings.put(tx, id, body, actorOf(request)));
  }

  @Get()
  @RouteSchema({ params: VendorParams, querystring: MappingQuery, response: { 200: MappingAnswer } })
  read(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() { version }: MappingQuery,
  ): Promise<MappingAnswer> {
    return this.mappings.read(actor, id, version);
  }
}
