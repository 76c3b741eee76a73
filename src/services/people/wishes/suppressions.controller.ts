import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../../platform/auth/current-actor';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import type { Page } from '../../../platform/http/cursor';
import { Idempotency } from '../../../platform/http/idempotency';
import { writeInstant } from '../../../platform/http/instants';
import { PendingApproval, UuidParams } from '../../../platform/http/schemas';
import { unmaskReasonOf } from '../../../platform/http/unmask';
import { readSearchTarget } from '../person-finder';
import { readEvidence } from '../shapes';
import { ReadWishes } from './read-wishes';
import { ReleaseWish } from './release-wish';
import {
  ReleaseBody,
  type SuppressionAnswer,
  SuppressionBody,
  SuppressionDetail,
  SuppressionList,
  SuppressionReceipt,
  SuppressionSearch,
} from './suppressions.dto';
import { TakeWish } from '../changes/take-wish';
import { readWish } from './wish-body';

/** Wishes not to be called. */
@Controller('v1/suppressions')
export class SuppressionsController {
  constructor(
    private readonly wishes: TakeWish,
    private readonly reader: ReadWishes,
    private readonly releaser: ReleaseWish,
    private readonly idempotency: Idempotency,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @RouteSchema({ body: SuppressionBody, response: { 201: SuppressionReceipt } })
  record(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: SuppressionBody,
  ): Promise<SuppressionReceipt> {
    const input = readWish(body, actorOf(request), this.clock.now());
    return this.idempotency.run(request, reply, async (tx) => {
      const { id, receiptId, effectiveAt, scope, confirmation } = await this.wishes.take(tx, input);
      return {
        status: 201,
        body: { id, receiptId, effectiveAt: writeInstant(effectiveAt), scope, confirmation },
      };
    });
  }

  @Post('search')
  @HttpCode(200)
  @RouteSchema({ body: SuppressionSearch, response: { 200: SuppressionList } })
  search(@Req() request: FastifyRequest, @Body() body: SuppressionSearch): Promise<Page<SuppressionAnswer>> {
    return this.reader.search(readSearchTarget(body), body, {
      actor: actorOf(request),
      unmaskReason: unmaskReasonOf(request),
    });
  }

  @Get(':id')
  @RouteSchema({ params: UuidParams, response: { 200: SuppressionDetail } })
  read(@Req() request: FastifyRequest, @Param('id') id: string): Promise<SuppressionDetail> {
    return this.reader.read(id, { actor: actorOf(request), unmaskReason: unmaskReasonOf(request) });
  }

  @Post(':id/release')
  @RouteSchema({ params: UuidParams, body: ReleaseBody, response: { 202: PendingApproval } })
  release(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: ReleaseBody,
  ): Promise<PendingApproval> {
    const words = { reason: body.reason, evidence: readEvidence(body.evidence) };
    return this.idempotency.run(request, reply, async (tx) => ({
      status: 202,
      body: await this.releaser.ask(tx, id, words, actorOf(request)),
    }));
  }
}
