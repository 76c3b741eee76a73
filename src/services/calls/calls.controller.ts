import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { Actor } from '../../contracts/actor';
import type { Directive } from '../../domain/call/directives';
import { CurrentActor } from '../../platform/auth/current-actor';
import { CallReportsService } from './call-reports.service';
import { CallAnswer, CallParams, type CallReport, CallReportBody, DirectivesAnswer } from './calls.dto';
import { CallsService } from './calls.service';

/** During and after the call. */
@Controller('v1/calls')
export class CallsController {
  constructor(
    private readonly reports: CallReportsService,
    private readonly calls: CallsService,
  ) {}

  @Post(':callId/events')
  @HttpCode(200)
  @RouteSchema({ params: CallParams, body: CallReportBody, response: { 200: DirectivesAnswer } })
  async report(
    @CurrentActor() actor: Actor,
    @Param() { callId }: CallParams,
    @Body() body: CallReport,
  ): Promise<{ directives: Directive[] }> {
    return { directives: await this.reports.report(actor, callId, body) };
  }

  @Get(':callId')
  @RouteSchema({ params: CallParams, response: { 200: CallAnswer } })
  read(@CurrentActor() actor: Actor, @Param() { callId }: CallParams): Promise<CallAnswer> {
    return this.calls.read(actor, callId);
  }
}
