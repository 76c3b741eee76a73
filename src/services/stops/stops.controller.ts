import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/auth/current-actor';
import type { Page } from '../../platform/http/cursor';
import { Idempotency } from '../../platform/http/idempotency';
import { PendingApproval, UuidParams } from '../../platform/http/schemas';
import { LiftStop } from './lift-stop';
import { ReadStops } from './read-stops';
import { RecordStop } from './record-stop';
import { LiftBody, stopAnswer, StopAnswer, StopBody, StopList, StopQuery } from './stops.dto';

/** What may not be called any more, by whom or for what. */
@Controller('v1/stops')
export class StopsController {
  constructor(
    private readonly recorder: RecordStop,
    private readonly lifter: LiftStop,
    private readonly reader: ReadStops,
    private readonly idempotency: Idempotency,
  ) {}

  @Post()
  @RouteSchema({ body: StopBody, response: { 201: StopAnswer } })
  record(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: StopBody,
  ): Promise<StopAnswer> {
    return this.idempotency.run(request, reply, async (tx) => {
      const stop = await this.recorder.recordFor(tx, body, actorOf(request));
      return { status: 201, body: stopAnswer(stop, stop.recordedAt) };
    });
  }

  @Get()
  @RouteSchema({ querystring: StopQuery, response: { 200: StopList } })
  list(@Query() query: StopQuery): Promise<Page<StopAnswer>> {
    return this.reader.list(query);
  }

  @Get(':id')
  @RouteSchema({ params: UuidParams, response: { 200: StopAnswer } })
  find(@Param('id') id: string): Promise<StopAnswer> {
    return this.reader.find(id);
  }

  @Post(':id/lift')
  @RouteSchema({ params: UuidParams, body: LiftBody, response: { 202: PendingApproval } })
  lift(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() { reason }: LiftBody,
  ): Promise<PendingApproval> {
    return this.idempotency.run(request, reply, async (tx) => ({
      status: 202,
      body: await this.lifter.ask(tx, id, reason, actorOf(request)),
    }));
  }
}
