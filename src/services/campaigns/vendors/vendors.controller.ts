import { Body, Controller, Get, Param, Put, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../../platform/auth/current-actor';
import type { Page } from '../../../platform/http/cursor';
import { Idempotency } from '../../../platform/http/idempotency';
import { ListQuery, SlugParams } from '../../../platform/http/schemas';
import { VendorAnswer, VendorBody, VendorList } from './vendors.dto';
import { VendorsService } from './vendors.service';

@Controller('v1/vendors')
export class VendorsController {
  constructor(
    private readonly vendors: VendorsService,
    private readonly idempotency: Idempotency,
  ) {}

  @Put(':id')
  @RouteSchema({ params: SlugParams, body: VendorBody, response: { 200: VendorAnswer, 201: VendorAnswer } })
  put(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: VendorBody,
  ): Promise<VendorAnswer> {
    return this.idempotency.run(request, reply, (tx) => this.vendors.put(tx, id, body, actorOf(request)));
  }

  @Get(':id')
  @RouteSchema({ params: SlugParams, response: { 200: VendorAnswer } })
  find(@Param('id') id: string): Promise<VendorAnswer> {
    return this.vendors.find(id);
  }

  @Get()
  @RouteSchema({ querystring: ListQuery, response: { 200: VendorList } })
  list(@Query() query: ListQuery): Promise<Page<VendorAnswer>> {
    return this.vendors.list(query);
  }
}
