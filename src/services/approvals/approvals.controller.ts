import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../contracts/actor';
import { actorOf, CurrentActor } from '../../platform/auth/current-actor';
import { type Page, pageOf } from '../../platform/http/cursor';
import { Idempotency } from '../../platform/http/idempotency';
import { UuidParams } from '../../platform/http/schemas';
import {
  type ApprovalAnswer,
  approvalAnswer,
  ApprovalAnswer as ApprovalSchema,
  ApprovalList,
  ApprovalQuery,
  DecisionBody,
} from './approvals.dto';
import { ApprovalsService } from './approvals.service';

@Controller('v1/approvals')
export class ApprovalsController {
  constructor(
    private readonly approvals: ApprovalsService,
    private readonly idempotency: Idempotency,
  ) {}

  @Get()
  @RouteSchema({ querystring: ApprovalQuery, response: { 200: ApprovalList } })
  async list(@Query() query: ApprovalQuery, @CurrentActor() actor: Actor): Promise<Page<ApprovalAnswer>> {
    const approvals = await this.approvals.list(query, actor);
    return pageOf(approvals, query.limit, ({ askedAt, id }) => ({ at: askedAt, id }), approvalAnswer);
  }

  @Get(':id')
  @RouteSchema({ params: UuidParams, response: { 200: ApprovalSchema } })
  async find(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<ApprovalAnswer> {
    return approvalAnswer(await this.approvals.find(id, actor));
  }

  @Post(':id/approve')
  @RouteSchema({ params: UuidParams, body: DecisionBody, response: { 200: ApprovalSchema } })
  approve(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: DecisionBody,
  ): Promise<ApprovalAnswer> {
    return this.decide(request, reply, id, { ...body, state: 'approved' });
  }

  @Post(':id/reject')
  @RouteSchema({ params: UuidParams, body: DecisionBody, response: { 200: ApprovalSchema } })
  reject(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: DecisionBody,
  ): Promise<ApprovalAnswer> {
    return this.decide(request, reply, id, { ...body, state: 'rejected' });
  }

  private decide(
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
    verdict: DecisionBody & { state: 'approved' | 'rejected' },
  ): Promise<ApprovalAnswer> {
    return this.idempotency.run(request, reply, async (tx) => {
      const approval = await this.approvals.decide(tx, id, actorOf(request), verdict);
      return { status: 200, body: approvalAnswer(approval) };
    });
  }
}
