import { Body, Controller, Get, Param, Put, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/auth/current-actor';
import { Idempotency } from '../../platform/http/idempotency';
import { PendingApproval } from '../../platform/http/schemas';
import { LimitsBody, MonitorAnswer, MonitorList, MonitorParams } from './monitors.dto';
import { MonitorsService } from './monitors.service';

/** What is watched of calls, and what stops them by itself. */
@Controller('v1/monitors')
export class MonitorsController {
  constructor(
    private readonly monitors: MonitorsService,
    private readonly idempotency: Idempotency,
  ) {}

  @Get()
  @RouteSchema({ response: { 200: MonitorList } })
  async list(): Promise<MonitorList> {
    return { items: await this.monitors.list(), nextCursor: null };
  }

  @Get(':id')
  @RouteSchema({ params: MonitorParams, response: { 200: MonitorAnswer } })
  find(@Param() { id }: MonitorParams): Promise<MonitorAnswer> {
    return this.monitors.find(id);
  }

  @Put(':id')
  @RouteSchema({
    params: MonitorParams,
    body: LimitsBody,
    response: { 200: MonitorAnswer, 202: PendingApproval },
  })
  put(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() { id }: MonitorParams,
    @Body() body: LimitsBody,
  ): Promise<MonitorAnswer | PendingApproval> {
    return this.idempotency.run(request, reply, (tx) => this.monitors.put(tx, id, body, actorOf(request)));
  }
}
